"""A stand-in for Slack: posting with a bot token or a webhook URL, cards with buttons, signed interactivity."""
