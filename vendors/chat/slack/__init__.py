"""Slack, for staff only: a card carries reference, time and initials, never a name or a treatment."""

from vendors.chat.slack.client import SlackChat
from vendors.chat.slack.webhooks import SlackWebhooks

__all__ = ["SlackChat", "SlackWebhooks"]
