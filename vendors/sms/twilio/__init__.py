"""Twilio Programmable Messaging."""

from vendors.sms.twilio.client import TwilioTexts
from vendors.sms.twilio.webhooks import TwilioWebhooks

__all__ = ["TwilioTexts", "TwilioWebhooks"]
