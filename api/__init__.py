"""The ways in over HTTP: webhooks, claim and task pages, the admin API, the codec endpoint."""
