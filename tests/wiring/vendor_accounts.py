"""Accounts for tests: each practice's own, with secrets that name their owner."""

from __future__ import annotations

import base64
from typing import Any

from models.repositories.connections import ConnectionFacts
from models.session import Database
from wiring.connection_credentials import connect
from wiring.sealing import Sealer
from wiring.settings import BoulevardSettings, SlackSettings, TwilioSettings, VendorSettings, given_settings
from wiring.vendor_accounts import Vault

VAULT = Vault(Sealer(given_settings().keyring()))


def secret(words: str) -> str:
    """As Boulevard shows its secrets."""
    return base64.b64encode(words.encode()).decode()


def twilio(owner: str, *, number: str, **more: Any) -> TwilioSettings:
    return TwilioSettings.model_validate(
        {"account_sid": "AC" + "1" * 32, "auth_token": f"{owner}-token", "from_number": number, **more}
    )


def boulevard(owner: str, **more: Any) -> BoulevardSettings:
    return BoulevardSettings.model_validate(
        {
            "business_id": owner,
            "api_key": f"{owner}-key",
            "api_secret": secret(f"{owner}-api"),
            "application_secret": secret(f"{owner}-application"),
            **more,
        }
    )


def slack(owner: str, **more: Any) -> SlackSettings:
    return SlackSettings.model_validate(
        {"bot_token": f"xoxb-{owner}", "signing_secret": f"{owner}-signing", "channel": f"C-{owner}", **more}
    )


def connected(
    database: Database,
    practice_id: int,
    vendor: str,
    account: VendorSettings,
    address: str,
    *,
    location_id: int | None = None,
) -> ConnectionFacts:
    """Store it as `chairflow connect` does."""
    with database.transaction() as session:
        return connect(
            session, VAULT, practice_id, vendor=vendor, account=account, address=address, location_id=location_id
        )
