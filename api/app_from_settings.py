"""The API as settings describe it: what production, the demo and the image start."""

from __future__ import annotations

from fastapi import FastAPI

from api.app import create_app
from api.dependencies import Dependencies
from wiring.build import build_database
from wiring.codec import SealingCodec
from wiring.connected_vendors import Accounts, ConnectedReaders, ConnectedVendors
from wiring.settings import Settings
from wiring.temporal import connect


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
