"""Tables, one subject a file; every query is in `models.repositories`."""

from models import access, calendar, client, effects, inbox, matrix, offers, practice, tasks, waitlist

__all__ = ["access", "calendar", "client", "effects", "inbox", "matrix", "offers", "practice", "tasks", "waitlist"]
