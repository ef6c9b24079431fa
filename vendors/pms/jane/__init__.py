"""Jane (Jane Developer Platform): reads and webhooks. Nothing of a calendar can be written through it."""

from vendors.pms.jane.client import Jane
from vendors.pms.jane.oauth import renewing
from vendors.pms.jane.webhooks import JaneWebhooks

__all__ = ["Jane", "JaneWebhooks", "renewing"]
