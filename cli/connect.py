"""`chairflow connect …`: a practice's account at a vendor, asked for, tried and stored."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.choices import one_of
from cli.command_context import Office, Slug, office
from cli.errors import MISUSED, CannotDo
from vendors.folders import FOLDERS

if TYPE_CHECKING:
    from domain.catalogue import Matrix
    from models.repositories.connections import ConnectionFacts
    from wiring.connected_vendors import Accounts
    from wiring.settings import VendorSettings
    from wiring.vendors import Dialect, Trial

#: By their folders: `wiring.vendors`, which speaks to them, takes too long to import for a help text.
VENDORS: Final = tuple(vendor for vendors in FOLDERS.values() for vendor in vendors)

#: The first token of a vendor that renews them; no field of the account.
_REFRESH_TOKEN = "refresh_token"


def connect(
    vendor: Annotated[
        str,
        typer.Argument(parser=one_of(VENDORS), metavar="VENDOR", help=f"Whose account it is: {', '.join(VENDORS)}."),
    ],
    practice: Slug = None,
    location: Annotated[
        str | None, typer.Option(help="The place this number, mailbox or channel serves; left out, every place.")
    ] = None,
    given: Annotated[
        list[str] | None, typer.Option("--set", help="field=value, for what is no secret; may be repeated.")
    ] = None,
    like: Annotated[
        int | None, typer.Option(help="A connection to the same account: its secrets are used, not asked for.")
    ] = None,
    stdin: Annotated[
        bool,
        typer.Option("--stdin", help="Read fields, secrets too, as a JSON object from standard input; ask nothing."),
    ] = False,
) -> None:
    """Connect a practice's account: ask for what is needed, try it at the vendor, say what it can and cannot do, and
    store it with its secrets sealed. The same address again replaces what was stored."""
    from models.repositories import connections
    from wiring.connected_vendors import Accounts
    from wiring.vendors import DIALECTS, PURPOSES

    purpose = PURPOSES[vendor]
    dialect = DIALECTS[purpose][vendor]
    with office(practice) as here:
        if purpose == "pms" and here.practice.pms_kind != vendor:
            raise CannotDo(f"The practice's file says pms: {here.practice.pms_kind}, not {vendor}", code=MISUSED)
        place = None if location is None else place_named(here.matrix, location)
        accounts = Accounts(settings=here.settings, database=here.deps.database)
        fields = _base(here, accounts, vendor, like)
        fields |= from_stdin() if stdin else {}
        fields |= pairs(given or [], dialect)
        refresh_token = fields.pop(_REFRESH_TOKEN, None)
        fields = fields if stdin else asked(dialect, fields)
        account = made(dialect, fields)
        trial, tokens = tried(vendor, dialect, account, refresh_token=refresh_token, ask=not stdin)
        address = dialect.address(account) or trial.address or _host(account)
        stored = store(here, accounts, vendor, account, address=address, location_id=place, trial=trial, tokens=tokens)
        tell(here, stored, trial)
        with here.deps.database.transaction() as session:
            others = connections.beside(connections.of_practice(session, here.practice.id), stored)
        for one in others:
            typer.echo(
                f"Connection {one.id} ({one.address}) serves the same places, so neither speaks first: give one a "
                "--location, or turn one off with chairflow connections off."
            )


def place_named(matrix: Matrix, words: str) -> int:
    """The location of this name. Raises `CannotDo` with those there are."""
    found = [one.id for one in matrix.locations if one.name.casefold() == words.casefold()]
    if len(found) != 1:
        raise CannotDo(
            f'There is no location "{words}"; known: {", ".join(one.name for one in matrix.locations)}', code=MISUSED
        )
    return found[0]


def from_stdin() -> dict[str, Any]:
    """Fields as a JSON object. What is wrong is said without repeating any of it."""
    try:
        found = json.load(sys.stdin)
    except ValueError:
        raise CannotDo("--stdin: standard input is not JSON", code=MISUSED) from None
    if not isinstance(found, dict):
        raise CannotDo("--stdin: standard input is not a JSON object of fields", code=MISUSED)
    return found


def pairs(given: list[str], dialect: Dialect[Any, Any, Any]) -> dict[str, str]:
    """What `--set` says. A secret is refused there: a command line is read by others."""
    from wiring.vendor_accounts import is_secret

    fields: dict[str, str] = {}
    for words in given:
        name, separator, value = words.partition("=")
        field = dialect.account.model_fields.get(name)
        if not separator or (field is None and name != _REFRESH_TOKEN):
            known = ", ".join(name for name, one in dialect.account.model_fields.items() if not is_secret(one))
            raise CannotDo(f"--set takes field=value, with one of: {known}", code=MISUSED)
        if field is None or is_secret(field):
            raise CannotDo(f"--set {name}: a secret is asked for, or comes with --stdin", code=MISUSED)
        fields[name] = value
    return fields


def asked(dialect: Dialect[Any, Any, Any], fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with those that are missing asked for; secrets are not shown as they are typed."""
    from wiring.vendor_accounts import is_secret

    found = dict(fields)
    for name, field in dialect.account.model_fields.items():
        if name in found or not (field.is_required() or name in dialect.asks):
            continue
        label = f"{name.replace('_', ' ')} ({field.description})" if field.description else name
        optional = not field.is_required()
        value = typer.prompt(
            label + (" [empty to leave out]" if optional else ""),
            hide_input=is_secret(field),
            default="" if optional else None,
            show_default=False,
            err=True,
        )
        if value:
            found[name] = value
    return found


def made(dialect: Dialect[Any, Any, Any], fields: dict[str, Any]) -> VendorSettings:
    """The account. Raises `CannotDo` naming each wrong field and never its value."""
    from pydantic import ValidationError

    from models.phone_numbers import e164

    if fields.get("from_number"):
        try:
            fields = {**fields, "from_number": e164(str(fields["from_number"]))}
        except ValueError as error:
            raise CannotDo(f"from_number: {error}", code=MISUSED) from None
    try:
        account: VendorSettings = dialect.account.model_validate(fields)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_context=False)
        lines = (
            f"{'.'.join(map(str, one['loc'])) or 'account'}: {one['msg'].removeprefix('Value error, ')}"
            for one in faults
        )
        raise CannotDo("\n".join(lines), code=MISUSED) from None
    return account


def tried(
    vendor: str,
    dialect: Dialect[Any, Any, Any],
    account: VendorSettings,
    *,
    refresh_token: str | None = None,
    ask: bool = False,
) -> tuple[Trial, dict[str, Any] | None]:
    """What the vendor lets this account do, and its first pair of tokens where it renews them. Raises `CannotDo`."""
    from vendors.errors import VendorError
    from wiring.connection_tokens import PassingTokens, to_json
    from wiring.vendors import Seat

    tokens = None
    if dialect.renews(account):
        if not refresh_token and ask:
            refresh_token = typer.prompt("refresh token (from the consent's redirect)", hide_input=True, err=True)
        if not refresh_token:
            raise CannotDo(f"{vendor} renews its tokens: give the first refresh_token", code=MISUSED)
        tokens = PassingTokens(refresh_token)
    try:
        trial = dialect.trial(account, Seat(status_url="", tokens=tokens))
    except VendorError as error:
        raise CannotDo(f"{vendor} was tried and does not work: {error.reason}; nothing was stored.") from error
    return trial, None if tokens is None else to_json(tokens.pair)


def store(
    here: Office,
    accounts: Accounts,
    vendor: str,
    account: VendorSettings,
    *,
    address: str,
    location_id: int | None,
    trial: Trial | None,
    tokens: dict[str, Any] | None = None,
) -> ConnectionFacts:
    """Keep it, sealed. Raises `CannotDo` where the address, or the practice's calendar, is somebody else's."""
    from sqlalchemy.exc import IntegrityError

    from wiring.connection_credentials import connect as keep

    can = {} if trial is None else {"can": list(trial.can), "cannot": list(trial.cannot)}
    try:
        with here.deps.database.transaction() as session:
            return keep(
                session,
                accounts.vault,
                here.practice.id,
                vendor=vendor,
                account=account,
                address=address,
                location_id=location_id,
                capabilities=can,
                tokens=tokens,
            )
    except IntegrityError as error:
        if "connection_pms" in str(error.orig):
            raise CannotDo("The practice has a practice system: turn it off first, chairflow connections off") from None
        raise CannotDo(f"{address} is connected already, by another practice or for another place") from None


def tell(here: Office, stored: ConnectionFacts, trial: Trial) -> None:
    """What was stored, what it can do, and where the vendor is to be pointed. No secret is among it."""
    from wiring.vendors import DIALECTS

    typer.echo(f"Connection {stored.id}: {stored.vendor} {stored.address}.")
    for words in trial.can:
        typer.echo(f"  can     {words}")
    for words in trial.cannot:
        typer.echo(f"  cannot  {words}")
    for path in DIALECTS[stored.purpose][stored.vendor].hooks:
        typer.echo(f"Webhooks go to {here.settings.public_base_url}{path.format(named=stored.public_id)}")
    if here.settings.codec_keys is None:
        typer.echo("Sealed with development's key, which everybody knows: set CHAIRFLOW_CODEC_KEYS first.", err=True)
    queue = f"pms-{stored.vendor}"
    if stored.purpose == "pms" and queue not in here.settings.queues:
        typer.echo(f"No worker serves it yet: CHAIRFLOW_QUEUES lacks {queue}", err=True)


def _base(here: Office, accounts: Accounts, vendor: str, like: int | None) -> dict[str, Any]:
    """The options and secrets of another connection, but for its number."""
    from models.repositories import connections

    if like is None:
        return {}
    with here.deps.database.transaction() as session:
        other = connections.get(session, here.practice.id, like)
    if other is None or other.vendor != vendor or other.off_at is not None:
        raise CannotDo(f"--like: there is no live connection {like} to {vendor} in this practice", code=MISUSED)
    secrets = accounts.vault.credentials(other)
    if secrets is None:
        raise CannotDo(f"--like: connection {like} has no secrets of its own", code=MISUSED)
    shared = {name: value for name, value in other.options.items() if name in accounts_fields(vendor)}
    for name in ("from_number", "from_email", "channel", "managers"):
        shared.pop(name, None)
    return {**shared, **secrets}


def accounts_fields(vendor: str) -> frozenset[str]:
    """The names of a vendor's fields."""
    from wiring.vendors import DIALECTS, PURPOSES

    return frozenset(DIALECTS[PURPOSES[vendor]][vendor].account.model_fields)


def _host(account: VendorSettings) -> str:
    from urllib.parse import urlsplit

    return urlsplit(account.base_url).hostname or account.base_url
