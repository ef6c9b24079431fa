"""The relay against a real Temporal server and a real Postgres."""

from __future__ import annotations

import pytest
from temporalio.client import Client

from inbox.relay import Relay
from models.session import Database
from tests.inbox.relay.relays import RecordingChat, make_relay
from tests.inbox.scene import Scene


@pytest.fixture
def chat() -> RecordingChat:
    return RecordingChat()


@pytest.fixture
def relay(temporal_client: Client, database: Database, scene: Scene, chat: RecordingChat) -> Relay:
    return make_relay(temporal_client, database, scene, chat)
