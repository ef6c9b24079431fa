"""Twilio SendGrid. It signs no agreement for health data: neutral words only."""

from vendors.email.sendgrid.client import SendGridMails
from vendors.email.sendgrid.webhooks import SendGridWebhooks

__all__ = ["SendGridMails", "SendGridWebhooks"]
