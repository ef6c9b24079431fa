"""A connection's account: the vendor's settings, of which the secrets are sealed and the rest are options."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from models.repositories.connections import ConnectionFacts
from wiring.sealing import Sealed, Sealer
from wiring.settings import VendorSettings

AccountT = TypeVar("AccountT", bound=VendorSettings)

CREDENTIALS: Final = "credentials"
TOKENS: Final = "tokens"


def is_secret(field: FieldInfo) -> bool:
    """Whether a vendor's setting is sealed, and hidden where it is typed."""
    return "SecretStr" in str(field.annotation)


def split(account: VendorSettings) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was given of an account: its options, and its secrets in clear."""
    fields = type(account).model_fields
    given = account.model_fields_set
    plain = account.model_dump(mode="json", include={name for name in given if not is_secret(fields[name])})
    secrets = {name: _in_clear(getattr(account, name)) for name in given if is_secret(fields[name])}
    return plain, {name: value for name, value in secrets.items() if value is not None}


def account_of(
    kind: type[AccountT],
    *,
    options: Mapping[str, Any],
    secrets: Mapping[str, Any] | None = None,
    base: VendorSettings | None = None,
) -> AccountT:
    """The account that options and secrets make up, over `base` where there is one. Options that are none of the
    vendor's are left out, and so is any that would be a secret. Raises `pydantic.ValidationError`."""
    known = {name: value for name, value in options.items() if name in kind.model_fields}
    plain = {name: value for name, value in known.items() if not is_secret(kind.model_fields[name])}
    below = {} if base is None else {name: getattr(base, name) for name in base.model_fields_set}
    return kind.model_validate({**below, **plain, **(secrets or {})})


class Vault:
    """Seals what belongs to one connection alone: elsewhere it does not open."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    @property
    def key_id(self) -> str:
        """The key that seals now."""
        return self._sealer.key_id

    def seal(self, what: str, content: Mapping[str, Any], *, practice_id: int, public_id: str) -> tuple[bytes, str]:
        """The sealed bytes and the id of their key."""
        sealed = self._sealer.seal(json.dumps(dict(content)).encode(), bound_to=_place(what, practice_id, public_id))
        return sealed.data, sealed.key_id

    def open(self, what: str, data: bytes, key_id: str, *, practice_id: int, public_id: str) -> dict[str, Any]:
        """Raises `wiring.sealing.KeyMissing` or `wiring.sealing.SealBroken`."""
        opened = self._sealer.open(Sealed(key_id, data), bound_to=_place(what, practice_id, public_id))
        found: dict[str, Any] = json.loads(opened)
        return found

    def credentials(self, connection: ConnectionFacts) -> dict[str, Any] | None:
        """A connection's secrets, in memory only; None where it has none of its own."""
        if connection.credentials is None or connection.key_id is None:
            return None
        return self.open(
            CREDENTIALS,
            connection.credentials,
            connection.key_id,
            practice_id=connection.practice_id,
            public_id=connection.public_id,
        )


def _place(what: str, practice_id: int, public_id: str) -> bytes:
    return f"chairflow connection\x1f{what}\x1f{practice_id}\x1f{public_id}".encode()


def _in_clear(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, tuple | list):
        return [_in_clear(one) for one in value]
    return value
