"""The API from the environment: what production, the demo and the image start."""

from __future__ import annotations

import structlog
from fastapi import FastAPI

from api.app import create_app
from api.dependencies import Dependencies
from vendors.chat.base import Chat
from wiring.build import build_database
from wiring.codec import SealingCodec
from wiring.logging import configure_logging
from wiring.settings import Settings, load_settings
from wiring.temporal import connect
from wiring.vendors import SettingsVendors, chat_webhooks, mail_webhooks, pms_webhooks, text_webhooks

log = structlog.get_logger()


def from_settings(settings: Settings) -> FastAPI:
    """The application over the vendors of these settings."""
    database = build_database(settings)
    vendors = SettingsVendors(settings=settings, database=database)

    def chat(practice_id: int) -> Chat | None:
        staff_chat = vendors.chat(practice_id)
        return None if staff_chat is None else staff_chat.chat

    return create_app(
        Dependencies(
            settings=settings,
            database=database,
            connect=lambda: connect(settings),
            codec=SealingCodec(settings.keyring(), namespace=settings.temporal_namespace),
            pms_webhooks=pms_webhooks(settings),
            text_webhooks=text_webhooks(settings),
            mail_webhooks=mail_webhooks(settings),
            chat_webhooks=chat_webhooks(settings),
            chat=chat,
        )
    )


def from_environment() -> FastAPI:
    """A factory for uvicorn. Raises `SettingsError` with one line per fault."""
    settings = load_settings()
    configure_logging(settings)
    for line in settings.vendor_lines():
        log.info("api.vendor", line=line)
    return from_settings(settings)
