"""The API from the environment: what production, the demo and the image start."""

from __future__ import annotations

import structlog
from fastapi import FastAPI

from api.app import create_app
from api.dependencies import Dependencies
from wiring.build import build_database
from wiring.codec import SealingCodec
from wiring.connected_vendors import Accounts, ConnectedReaders, ConnectedVendors
from wiring.logging import configure_logging
from wiring.settings import Settings, load_settings
from wiring.temporal import connect

log = structlog.get_logger()


def from_settings(settings: Settings) -> FastAPI:
    """The application over the practices' connections, and the accounts of these settings."""
    database = build_database(settings)
    accounts = Accounts(settings=settings, database=database)
    vendors = ConnectedVendors(accounts)

    return create_app(
        Dependencies(
            settings=settings,
            database=database,
            connect=lambda: connect(settings),
            codec=SealingCodec(settings.keyring(), namespace=settings.temporal_namespace),
            readers=ConnectedReaders(accounts),
            chat=vendors.press_answers,
        )
    )


def from_environment() -> FastAPI:
    """A factory for uvicorn. Raises `SettingsError` with one line per fault."""
    settings = load_settings()
    configure_logging(settings)
    for line in settings.vendor_lines():
        log.info("api.vendor", line=line)
    return from_settings(settings)
