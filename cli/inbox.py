"""`chairflow inbox …`: what was given up on, and how it is put back in line once its cause is mended."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from cli import argument_values
from cli.command_context import Slug, office
from cli.terminal import terminal

Reason = Annotated[str, typer.Option(help="Kept with the decision.")]
By = Annotated[str, typer.Option(help="Who decided.")]

if TYPE_CHECKING:
    from api.routes.vendors import Vendor

app = typer.Typer(help="When each vendor was last heard; what was given up on: list, put back in line.")

_MOST = 200


@app.callback(invoke_without_command=True)
def group(context: typer.Context, practice: Slug = None) -> None:
    """When each vendor was last heard; failed receipts (events nobody could route) and dead deliveries (messages no
    journey took)."""
    if context.invoked_subcommand is None:
        list_(practice)


@app.command("list")
def list_(practice: Slug = None) -> None:
    """The same: vendors, failed receipts and dead deliveries."""
    from api.routes import reading, vendors
    from models.repositories.deliveries import DeliveryState
    from models.repositories.receipts import ReceiptState

    with office(practice) as here:
        failed = reading.receipts(here.caller, here.deps, state=ReceiptState.FAILED, limit=_MOST).items
        heard = vendors.vendors(here.caller, here.deps).items
        dead = reading.deliveries(here.caller, here.deps, state=DeliveryState.DEAD, limit=_MOST).items
    for vendor in heard:
        typer.echo(f"{vendor.vendor:10} {_heard(vendor)}")
    if not failed and not dead:
        typer.echo("Nothing was given up on.")
        return
    table = Table("what", "number", "from or for", "why", "how to try again")
    for receipt in failed:
        again = f"chairflow inbox route-again {receipt.id}"
        table.add_row("receipt", str(receipt.id), f"{receipt.vendor} {receipt.event_type}", receipt.outcome, again)
    for one in dead:
        again = f"chairflow inbox retry {one.id}"
        table.add_row("delivery", str(one.id), f"{one.journey} {one.ref} {one.message}", one.outcome, again)
    terminal().print(table)


def _heard(vendor: Vendor) -> str:
    if vendor.last_heard_at is None:
        words = "never sent anything: do its webhooks point here?"
    else:
        words = f"last heard {vendor.last_heard_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    # This terminal's variables may be fewer than the API's.
    return (
        words if vendor.is_on else f"{words} (no account of its own, and CHAIRFLOW_{vendor.vendor.upper()}_* is unset)"
    )


@app.command("route-again")
def route_again(
    receipt: Annotated[int, typer.Argument(help="The failed receipt's number.", min=1, max=argument_values.LARGEST_ID)],
    practice: Slug = None,
    reason: Reason = "",
    by: By = "",
) -> None:
    """Route a failed receipt again."""
    from api.routes import requeue
    from api.routes.order_requests import WhyBody

    with office(practice) as here:
        why = WhyBody(reason=reason, by=by)
        typer.echo(requeue.route_again(receipt, here.caller, here.deps, here.state, why).words)


@app.command()
def retry(
    delivery: Annotated[int, typer.Argument(help="The dead delivery's number.", min=1, max=argument_values.LARGEST_ID)],
    practice: Slug = None,
    reason: Reason = "",
    by: By = "",
) -> None:
    """Put a dead delivery back in line."""
    from api.routes import requeue
    from api.routes.order_requests import WhyBody

    with office(practice) as here:
        why = WhyBody(reason=reason, by=by)
        typer.echo(requeue.retry(delivery, here.caller, here.deps, here.state, why).words)
