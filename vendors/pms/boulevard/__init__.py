"""Boulevard (joinblvd.com): Admin GraphQL API and webhooks."""

from vendors.pms.boulevard.client import Boulevard
from vendors.pms.boulevard.webhooks import BoulevardWebhooks

__all__ = ["Boulevard", "BoulevardWebhooks"]
