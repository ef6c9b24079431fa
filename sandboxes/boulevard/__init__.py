"""Stand-in for Boulevard's Admin GraphQL API, in front of the practice of `sandboxes.practice`."""

from sandboxes.boulevard.app import create_app
from sandboxes.boulevard.config import BoulevardConfig, WebhookTarget

__all__ = ["BoulevardConfig", "WebhookTarget", "create_app"]
