"""`chairflow connections …`: a practice's accounts at vendors, listed, tried, given new secrets and turned off."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from cli import argument_values
from cli.command_context import Office, Slug, office
from cli.connect import from_stdin, made, store, tell, tried
from cli.errors import MISUSED, CannotDo
from cli.terminal import terminal

if TYPE_CHECKING:
    from models.repositories.connections import ConnectionFacts
    from wiring.connected_vendors import Accounts

app = typer.Typer(no_args_is_help=True, help="Accounts at vendors: list, test, rotate, off.")

Number = Annotated[
    int,
    typer.Argument(
        help="The connection's number, as `chairflow connections list` shows it.", min=1, max=argument_values.LARGEST_ID
    ),
]
_OURS = "Its secrets are the environment's (CHAIRFLOW_{vendor}_*): chairflow connections from-environment"


@app.command("list")
def list_(practice: Slug = None) -> None:
    """The practice's connections, when each was last heard and when it last failed. No secret is shown."""
    from models.repositories import connections

    with office(practice) as here:
        with here.deps.database.transaction() as session:
            known = connections.of_practice(session, here.practice.id, also_off=True)
        names = {one.id: one.name for one in here.matrix.locations}
        environment = _environment(here)
    if not known:
        typer.echo("No connections yet: chairflow connect")
        return
    table = Table(
        "number", "what for", "vendor", "address", "place", "secrets", "last heard (UTC)", "last failure (UTC)"
    )
    for one in known:
        place = "all" if one.location_id is None else names.get(one.location_id, "?")
        table.add_row(
            str(one.id),
            one.purpose,
            one.vendor,
            one.address,
            place,
            _secrets(one, environment),
            _at(one.last_heard_at) or "never",
            f"{_at(one.last_failure_at)} {one.last_failure_kind}" if one.last_failure_at else "",
        )
    terminal().print(table)


@app.command()
def test(number: Number, practice: Slug = None) -> None:
    """Try a connection at its vendor, and say what it can and cannot do now."""
    from models.repositories import connections
    from vendors.errors import VendorError
    from wiring.connection_tokens import SealedTokens
    from wiring.vendors import DIALECTS, Seat

    with office(practice) as here:
        accounts = _accounts(here)
        one = _live(here, number)
        dialect = DIALECTS[one.purpose][one.vendor]
        try:
            plug = accounts.plug_of(one)
            if plug is None:
                raise CannotDo(f"It has no secrets of its own, and CHAIRFLOW_{one.vendor.upper()}_* is unset here")
            seat = Seat(status_url="", tokens=SealedTokens(here.deps.database, accounts.vault, one))
            trial = dialect.trial(plug.account, seat)
        except VendorError as error:
            with here.deps.database.transaction() as session:
                kind, now = type(error).__name__, here.deps.wall()
                connections.note_failure(session, one.practice_id, one.id, kind=kind, at=now)
            raise CannotDo(f"{one.vendor} {one.address} does not work: {error.reason}") from error
        with here.deps.database.transaction() as session:
            can = {"can": list(trial.can), "cannot": list(trial.cannot)}
            connections.note_capabilities(session, one.practice_id, one.id, can)
        tell(here, one, trial)


@app.command()
def rotate(
    number: Number,
    practice: Slug = None,
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read the new secrets as a JSON object from standard input; ask nothing.")
    ] = False,
) -> None:
    """Give a connection new secrets, tried before they are stored; what is left empty stays. Every number and place
    of the same account gets them."""
    from models.repositories.connections import ConnectionChanged
    from wiring.connection_credentials import rotate as replace
    from wiring.vendor_accounts import is_secret
    from wiring.vendors import DIALECTS

    with office(practice) as here:
        accounts = _accounts(here)
        one = _live(here, number)
        dialect = DIALECTS[one.purpose][one.vendor]
        before = accounts.vault.credentials(one)
        if before is None:
            raise CannotDo(_OURS.format(vendor=one.vendor.upper()))
        secrets = {name for name, field in dialect.account.model_fields.items() if is_secret(field)}
        new = from_stdin() if stdin else _asked_anew(sorted(secrets & {*before}))
        if strange := sorted({*new} - secrets):
            raise CannotDo(f"{', '.join(strange)}: no secret of {one.vendor}'s; those are {', '.join(sorted(secrets))}")
        if not new:
            raise CannotDo("Nothing new was given; everything stays as it was")
        for name in [*new]:
            # The vendor signs with either for a while.
            if f"{name}_secondary" in secrets and f"{name}_secondary" not in new and name in before:
                new[f"{name}_secondary"] = before[name]
        account = made(dialect, {**_options(one), **before, **new})
        if not dialect.renews(account):
            tried(one.vendor, dialect, account)
        try:
            with here.deps.database.transaction() as session:
                changed = replace(session, accounts.vault, one, new)
        except ConnectionChanged:
            raise CannotDo("Somebody changed it meanwhile: look again with chairflow connections list") from None
    typer.echo(f"New secrets for {', '.join(str(each.id) for each in changed)}: in use everywhere within seconds.")


@app.command()
def off(number: Number, practice: Slug = None) -> None:
    """Neither call a connection nor listen to it any more. Its secrets are forgotten; what it brought stays."""
    from models.repositories import connections

    with office(practice) as here, here.deps.database.transaction() as session:
        done = connections.turn_off(session, here.practice.id, number, now=here.deps.wall())
    if not done:
        raise CannotDo(f"There is no live connection {number} in this practice: chairflow connections list")
    typer.echo(f"Connection {number} is off.")


@app.command()
def reseal() -> None:
    """Seal the secrets of every practice's connections with the first key of CHAIRFLOW_CODEC_KEYS; afterwards no
    connection needs the older ones."""
    from wiring.build import build_database
    from wiring.connection_credentials import reseal as seal_anew
    from wiring.sealing import KeyMissing, Sealer
    from wiring.settings import load_settings
    from wiring.vendor_accounts import Vault

    settings = load_settings()
    database = build_database(settings)
    try:
        with database.transaction() as session:
            count = seal_anew(session, Vault(Sealer(settings.keyring())))
    except KeyMissing as error:
        raise CannotDo(f"A connection cannot be opened: {error}. Put that key back into the ring first.") from error
    finally:
        database.engine.dispose()
    typer.echo(f"Sealed anew: {count}.")


@app.command("from-environment")
def from_environment(practice: Slug = None) -> None:
    """Turn the accounts of CHAIRFLOW_<VENDOR>_* into connections of this practice. Webhooks may stay pointed where they
    are; afterwards those variables can be taken out."""
    from models.repositories import connections
    from wiring.settings import VENDORS
    from wiring.vendors import DIALECTS, PURPOSES

    with office(practice) as here:
        accounts = _accounts(here)
        with here.deps.database.transaction() as session:
            known = connections.of_practice(session, here.practice.id)
        done = 0
        for vendor in VENDORS:
            account = accounts.environment(vendor)
            if account is None:
                continue
            mine = [one for one in known if one.vendor == vendor]
            for one in mine:
                if one.credentials is None and (plug := accounts.plug_of(one)) is not None:
                    sender = {"from_number": one.address} if one.purpose == "sms" else {}
                    own = plug.account.model_copy(update=sender)
                    store(here, accounts, vendor, own, address=one.address, location_id=one.location_id, trial=None)
                    typer.echo(f"{vendor} {one.address}: stored.")
                    done += 1
            if not mine:
                dialect = DIALECTS[PURPOSES[vendor]][vendor]
                address = dialect.address(account) or tried(vendor, dialect, account)[0].address
                if address is None:
                    raise CannotDo(f"{vendor}: name the number it sends from, CHAIRFLOW_{vendor.upper()}_FROM_NUMBER")
                store(here, accounts, vendor, account, address=address, location_id=None, trial=None)
                typer.echo(f"{vendor} {address}: stored.")
                done += 1
    typer.echo(
        "Try each: chairflow connections test. Then CHAIRFLOW_<VENDOR>_* can go."
        if done
        else "Nothing to turn into connections: no CHAIRFLOW_<VENDOR>_* is set that is not one already."
    )


def _accounts(here: Office) -> Accounts:
    from wiring.connected_vendors import Accounts

    return Accounts(settings=here.settings, database=here.deps.database)


def _environment(here: Office) -> frozenset[str]:
    from wiring.settings import VENDORS

    return frozenset(name for name in VENDORS if getattr(here.settings, name) is not None)


def _live(here: Office, number: int) -> ConnectionFacts:
    from models.repositories import connections

    with here.deps.database.transaction() as session:
        found = connections.get(session, here.practice.id, number)
    if found is None or found.off_at is not None:
        raise CannotDo(
            f"There is no live connection {number} in this practice: chairflow connections list", code=MISUSED
        )
    return found


def _options(one: ConnectionFacts) -> dict[str, Any]:
    from wiring.vendors import DIALECTS

    fields = DIALECTS[one.purpose][one.vendor].account.model_fields
    return {name: value for name, value in one.options.items() if name in fields}


def _asked_anew(names: list[str]) -> dict[str, Any]:
    found = {}
    for name in names:
        words = f"new {name.replace('_', ' ')} [empty to leave it]"
        if value := typer.prompt(words, hide_input=True, default="", show_default=False, err=True):
            found[name] = value
    return found


def _secrets(one: ConnectionFacts, environment: frozenset[str]) -> str:
    if one.off_at is not None:
        return "off"
    if one.credentials is not None:
        return "its own"
    # This terminal's variables may be fewer than the API's.
    return "the environment's" if one.vendor in environment else "none here"


def _at(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"
