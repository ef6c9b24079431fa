"""GoHighLevel (HighLevel, LeadConnector): REST API v2 and webhooks of a marketplace app."""

from vendors.pms.gohighlevel.client import GoHighLevel
from vendors.pms.gohighlevel.oauth import renewing
from vendors.pms.gohighlevel.webhooks import GoHighLevelWebhooks

__all__ = ["GoHighLevel", "GoHighLevelWebhooks", "renewing"]
