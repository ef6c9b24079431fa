"""Stand-in for Boulevard's Admin GraphQL API with real state, webhooks and a calendar page for staff.

`sandbox.py` tells what the ledger holds, `seeding.py` how a practice is put in, `staff.py` what people do by hand.
"""

from sandboxes.boulevard.app import create_app
from sandboxes.boulevard.config import BoulevardConfig, WebhookTarget

__all__ = ["BoulevardConfig", "WebhookTarget", "create_app"]
