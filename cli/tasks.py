"""`chairflow tasks …`: what waits for a person, and its answer."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from cli import argument_values
from cli.client_names import named, names_of
from cli.command_context import AsJson, Office, Slug, office
from cli.errors import MISUSED, CannotDo
from cli.terminal import terminal
from domain.messages.facts import clock_time
from domain.messages.task_cards import AnswerStage
from domain.tasks import SEND_DRAFT

if TYPE_CHECKING:
    from temporalio.client import Client

    from api.routes.shapes import TaskNowShape, TaskShape
    from contracts.workflow_messages import Resolved

app = typer.Typer(help="What waits for a person: list, read, answer, and links to the list.")

_LOOK_EVERY_SECONDS = 0.5
#: A minute.
_LOOKS = 120

Task = Annotated[
    int, typer.Argument(help="The task's number, as `chairflow tasks` shows it.", min=1, max=argument_values.LARGEST_ID)
]


Every = Annotated[bool, typer.Option("--all", help="Settled ones too.")]
Limit = Annotated[int, typer.Option(min=1, max=200)]


@app.callback(invoke_without_command=True)
def group(
    context: typer.Context, practice: Slug = None, every: Every = False, limit: Limit = 50, as_json: AsJson = False
) -> None:
    """What waits for a person, newest first. Staff answer on the card or its page; `answer` does too."""
    if context.invoked_subcommand is None:
        list_(practice, every, limit, as_json)


@app.command("list")
def list_(practice: Slug = None, every: Every = False, limit: Limit = 50, as_json: AsJson = False) -> None:
    """The same: what waits for a person, newest first."""
    from api.routes import reading

    with office(practice) as here:
        found = reading.tasks(here.caller, here.deps, state=None if every else reading.TaskState.OPEN, limit=limit)
        if as_json:
            typer.echo(found.model_dump_json(indent=2))
            return
        if not found.items:
            typer.echo("No tasks." if every else "Nothing waits for a person.")
            return
        names = names_of(here, (one.client_id for one in found.items))
        table = Table("task", "what", "about", "state", "due")
        for one in found.items:
            about = "" if one.client_id is None else named(names, one.client_id)
            table.add_row(str(one.id), one.title, about, one.state, _local(one.due_at, _zone(one, here)))
        terminal().print(table)
        terminal().print(
            "`chairflow tasks show NUMBER` tells the draft, the choices and what happens if nobody answers."
        )


@app.command()
def show(task: Task, practice: Slug = None, as_json: AsJson = False) -> None:
    """One task with its draft and its choices, and what became of it."""
    from api.routes import reading

    with office(practice) as here:
        found = reading.task(task, here.caller, here.deps)
        if as_json:
            typer.echo(found.model_dump_json(indent=2))
            return
        zone = _zone(found, here)
        of_list = [one.get("client_id") for one in found.shortlist or []]
        names = names_of(here, [found.client_id, *of_list, *(found.notes or {})])
        typer.echo(f"Task {found.id}, {found.state}: {found.title}\n{found.body}")
        if found.client_id is not None:
            typer.echo(f"About: {named(names, found.client_id)}")
        if found.state == "open":
            typer.echo(f"Due: {_local(found.due_at, zone)}. If nobody answers: {found.safe_default}")
        if found.draft:
            typer.echo(f"\nDraft: {found.draft}")
        _tell_now(found.now, zone=zone)
        for client, said in (found.notes or {}).items():
            for note in said:
                typer.echo(f"  noted of {named(names, client)} by {note.by} on {note.on}: {note.text}")
        if found.now is not None and found.now.became is not None:
            typer.echo(found.now.became.words)
        if (found.resolution or {}).get("text"):
            typer.echo(f"Text to the client: {(found.resolution or {})['text']}")


def _zone(task: TaskShape, here: Office) -> str:
    from models.repositories import tasks

    with here.deps.database.transaction() as session:
        return tasks.zone_of(session, here.practice.id, opening_id=task.opening_id, appointment_id=task.appointment_id)


def _local(at: datetime, zone: str) -> str:
    """On the wall of the place it is about."""
    return f"{at.astimezone(ZoneInfo(zone)):%a %d %b %H:%M}"


def _tell_now(now: TaskNowShape | None, *, zone: str) -> None:
    """What the page shows beside the task's words: facts, the conversation, what each choice would do."""
    if now is None:
        return
    if now.refused:
        typer.echo(f"  {now.refused}")
    for label, value in now.facts:
        typer.echo(f"  {label}: {value}")
    for said in now.said:
        typer.echo(f"  {clock_time(said.at, zone)} {'client' if said.by_client else 'we'}: {said.body}")
    for choice in now.choices:
        typer.echo(f"  {choice.action}: {choice.label}. {choice.refused or choice.does}".rstrip())
    for one in (*now.fitting, *now.unfit):
        typer.echo(f"  {one.name} ({one.client_id}): {'; '.join(one.reasons) or one.why_not}".rstrip(" :"))
        for wish in one.waits_for:
            typer.echo(f"    waits for {wish}")
        for choice in one.choices:
            typer.echo(f"    {choice.action} --client {one.client_id}: {choice.does}")


@app.command()
def answer(
    task: Task,
    action: Annotated[str, typer.Argument(help="One of the task's choices, as `chairflow tasks show` lists them.")],
    practice: Slug = None,
    client_id: Annotated[
        int | None,
        typer.Option(
            "--client",
            min=1,
            max=argument_values.LARGEST_ID,
            help="For a choice about one client, of the short list or not.",
        ),
    ] = None,
    service: Annotated[
        list[int] | None,
        typer.Option(
            min=1,
            max=argument_values.LARGEST_ID,
            help="With assign: what they are booked for, by the service's number; again for a visit of several. "
            "Without: what they wait for, else what was cancelled.",
        ),
    ] = None,
    text: Annotated[
        str | None, typer.Option(help=f"With {SEND_DRAFT}: what the client gets instead of the draft as it is.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Kept with the decision.")] = "",
    by: Annotated[str, typer.Option(help="Who decided.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would do, or why it cannot be done; do nothing.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until it has been carried out, a minute at most, and say how it ended.")
    ] = False,
) -> None:
    """Answer a task, by one of its choices. `send` sends its draft, or --text, to the client it is about; what else it
    does stands in its label."""
    from pydantic import ValidationError

    from api.routes import task_answers

    try:
        body = task_answers.ResolveBody(
            action=action, client_id=client_id, service_ids=tuple(service or ()), reason=reason, by=by, text=text
        )
    except ValidationError as error:
        first = error.errors()[0]
        option = "--" + str(first["loc"][0]).removesuffix("_id") if first["loc"] else "--text"
        raise CannotDo(f"{option}: {first['msg'].lower()}", code=MISUSED) from error
    with office(practice) as here:

        async def act(here: Office, client: Client) -> Resolved:
            return await task_answers.resolve(task, body, here.caller, here.deps, here.state, dry_run=dry_run)

        answered = here.with_temporal(act)
        if not (answered.accepted or dry_run):
            raise CannotDo(answered.words)
        typer.echo(answered.words)
        if wait and not dry_run:
            _follow(here, task)


def _follow(here: Office, task: int) -> None:
    """Say what becomes of an answer, each time that changes, until nothing more comes of it."""
    from api.routes import reading

    said = None
    for _ in range(_LOOKS):
        now = reading.task(task, here.caller, here.deps).now
        became = None if now is None else now.became
        if became is not None and became.words != said:
            said = became.words
            typer.echo(said)
        if became is not None and became.final:
            if became.stage in {AnswerStage.REFUSED, AnswerStage.HANDED_OVER}:
                raise CannotDo("It was not carried out.")
            return
        time.sleep(_LOOK_EVERY_SECONDS)
    raise CannotDo(f"It is still under way: chairflow tasks show {task}")


@app.command()
def link(
    staff: Annotated[str, typer.Argument(help="A member of staff: their name, or their id in the staff chat.")],
    practice: Slug = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take the link back; the next one is another.")] = False,
) -> None:
    """A member's own link to the live list of open tasks. The same each time, until it is taken back; whoever has it
    reads clients' names, so send it to nobody else. Cards link to the list of their channel: `--revoke channel:C…`."""
    from models.repositories import staff_accounts, task_links

    with office(practice) as here, here.deps.database.transaction() as session:
        holder, account = staff.strip(), None
        if not holder.startswith("channel:"):
            known = staff_accounts.active(session, here.practice.id)
            found = [one for one in known if holder.casefold() in {one.name.casefold(), one.chat_user.casefold()}]
            if len(found) != 1 and not revoke and known:
                names = ", ".join(f"{one.name} ({one.chat_user})" for one in known)
                several = "several" if found else "nobody"
                raise CannotDo(f'There is {several} of the staff called "{holder}"; known: {names}')
            if len(found) == 1:
                (one,) = found
                namesakes = [other for other in known if other.name.casefold() == one.name.casefold()]
                holder, account = one.name if namesakes == [one] else f"{one.name} ({one.chat_user})", one.id
        elif not revoke:
            raise CannotDo("A channel's link stands on its cards; --revoke takes it back.")
        if revoke:
            if not task_links.revoke(session, here.practice.id, holder, now=here.deps.wall()):
                with_one = ", ".join(task_links.holders(session, here.practice.id)) or "nobody"
                raise CannotDo(f'"{holder}" has no link; who has one: {with_one}')
            typer.echo(f"The link of {holder} opens nothing any more.")
            return
        secret = here.settings.api_key_pepper.get_secret_value()
        token = task_links.ensure_token(
            session, here.practice.id, holder, secret=secret, now=here.deps.wall(), staff_account_id=account
        )
        base = here.settings.public_base_url
    typer.echo(f"{base}/t/{token}")


@app.command()
def client(
    task: Task,
    first_name: Annotated[str, typer.Argument(help="Of somebody new: what they are called.")] = "",
    last_name: Annotated[str, typer.Argument()] = "",
    practice: Slug = None,
    link: Annotated[
        int | None,
        typer.Option(
            min=1, max=argument_values.LARGEST_ID, help="Of a client on file: this is their number from now on."
        ),
    ] = None,
    second: Annotated[
        bool, typer.Option("--second", help="With --link: they keep their number, and write from this one as well.")
    ] = False,
    by: Annotated[str, typer.Option(help="Who says so.")] = "",
) -> None:
    """Say who writes from a number we do not know. The conversation is theirs from then on; nothing is sent."""
    from pydantic import ValidationError

    from api.routes import unknown_numbers

    try:
        body = unknown_numbers.ClientBody(
            first_name=first_name, last_name=last_name, client_id=link, second_number=second, by=by
        )
    except ValidationError as error:
        raise CannotDo(error.errors()[0]["msg"].removeprefix("Value error, "), code=MISUSED) from error
    with office(practice) as here:
        typer.echo(asyncio.run(unknown_numbers.say_who(task, body, here.caller, here.deps)).words)


@app.command()
def waitlist(
    task: Task,
    service: Annotated[list[int], typer.Argument(help="What they wait for, by number; any one will do.")],
    practice: Slug = None,
    windows: Annotated[str, typer.Option(help='When they can come: "Mon-Fri 9-12; Sat 1-5pm".')] = "any",
    may_be_texted: Annotated[
        bool, typer.Option("--may-be-texted", help="They agreed to be offered times by text.")
    ] = False,
    by: Annotated[str, typer.Option(help="Who says so.")] = "",
) -> None:
    """Put a task's client on the waitlist. Nothing is sent."""
    from pydantic import ValidationError

    from api.routes import unknown_numbers

    try:
        body = unknown_numbers.WaitlistBody(
            service_ids=tuple(service), windows=windows, may_be_texted=may_be_texted, by=by
        )
    except ValidationError as error:
        raise CannotDo(error.errors()[0]["msg"].removeprefix("Value error, "), code=MISUSED) from error
    with office(practice) as here:
        typer.echo(asyncio.run(unknown_numbers.add_to_waitlist(task, body, here.caller, here.deps)).words)
