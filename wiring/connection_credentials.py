"""Stores an account as a connection, and replaces or seals anew what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from models.practice import new_public_id
from models.repositories import connections
from models.repositories.connections import Account, ConnectionFacts
from wiring.settings import VendorSettings
from wiring.vendor_accounts import CREDENTIALS, TOKENS, Vault, split
from wiring.vendors import PURPOSES


def connect(
    session: Session,
    vault: Vault,
    practice_id: int,
    *,
    vendor: str,
    account: VendorSettings,
    address: str,
    location_id: int | None = None,
    capabilities: Mapping[str, Any] | None = None,
    tokens: Mapping[str, Any] | None = None,
) -> ConnectionFacts:
    """Store an account as the practice's connection of this address and place, its secrets sealed. Raises
    `sqlalchemy.exc.IntegrityError` where another practice has the address, or the practice another system."""
    options, secrets = split(account)
    known = connections.public_id_of(session, practice_id, vendor=vendor, address=address, location_id=location_id)
    public_id = known or new_public_id()
    credentials, key_id = vault.seal(CREDENTIALS, secrets, practice_id=practice_id, public_id=public_id)
    sealed_tokens = None if tokens is None else vault.seal(TOKENS, tokens, practice_id=practice_id, public_id=public_id)
    return connections.connect(
        session,
        practice_id,
        Account(
            purpose=PURPOSES[vendor],
            vendor=vendor,
            address=address,
            public_id=public_id,
            location_id=location_id,
            options=options,
            credentials=credentials,
            key_id=key_id,
            capabilities=capabilities or {},
            tokens=sealed_tokens,
        ),
    )


def rotate(
    session: Session, vault: Vault, connection: ConnectionFacts, secrets: Mapping[str, Any]
) -> tuple[ConnectionFacts, ...]:
    """Put new secrets in place of a connection's, here and wherever the practice uses the very same account for another
    number or place. Raises `models.repositories.connections.ConnectionChanged`."""
    before = vault.credentials(connection)
    same = tuple(
        one
        for one in connections.of_practice(session, connection.practice_id)
        if one.vendor == connection.vendor and vault.credentials(one) == before
    )
    for one in same:
        credentials, key_id = vault.seal(
            CREDENTIALS, {**(before or {}), **secrets}, practice_id=one.practice_id, public_id=one.public_id
        )
        connections.replace_credentials(
            session, one.practice_id, one.id, credentials=credentials, key_id=key_id, version=one.version
        )
    return same


def reseal(session: Session, vault: Vault) -> int:
    """Seal with the first key of the ring what another one sealed; returns how many connections that were."""
    old = connections.sealed_with_other_keys(session, vault.key_id)
    for one in old:
        secrets = vault.credentials(one) or {}
        credentials, key_id = vault.seal(CREDENTIALS, secrets, practice_id=one.practice_id, public_id=one.public_id)
        connections.replace_credentials(
            session, one.practice_id, one.id, credentials=credentials, key_id=key_id, version=one.version
        )
        if (kept := connections.tokens_of(session, one.practice_id, one.id)) is not None:
            tokens = vault.open(TOKENS, *kept, practice_id=one.practice_id, public_id=one.public_id)
            sealed = vault.seal(TOKENS, tokens, practice_id=one.practice_id, public_id=one.public_id)
            connections.keep_tokens(session, one.practice_id, one.id, *sealed)
    return len(old)
