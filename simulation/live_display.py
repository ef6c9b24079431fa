"""The demo's face in a terminal: one calm screen while the day runs, and the account at its end."""

from __future__ import annotations

from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Final

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from simulation.catalogue import PLACE, PROVIDERS, Place
from simulation.day_report import ONE_SEGMENT_SHARE, DayReport
from simulation.patient_profiles import CLOSES, OPENS
from simulation.scoreboard import Cell, News, Scoreboard, Tone

_TONES: Final = {
    Tone.FREED: "yellow",
    Tone.OFFERED: "cyan",
    Tone.WON: "bold green",
    Tone.SAID: "white",
    Tone.STAFF: "magenta",
    Tone.TROUBLE: "bold red",
    Tone.QUIET: "bright_black",
}
_MARKS: Final = {
    Tone.FREED: "○",
    Tone.OFFERED: "→",
    Tone.WON: "●",
    Tone.SAID: "“",
    Tone.STAFF: "■",
    Tone.TROUBLE: "!",
    Tone.QUIET: "·",
}
_CELLS: Final = {
    Cell.FREE: ("·", "bright_black"),
    Cell.BOOKED: ("█", "blue"),
    Cell.OPEN: ("░", "yellow"),
    Cell.RECOVERED: ("█", "green"),
}


def scene(board: Scoreboard, *, now: datetime, links: dict[str, str], height: int) -> RenderableType:
    """The whole screen at one moment."""
    feed = list(board.news)[-max(6, height - 19) :]
    return Group(
        _head(board, now),
        _chairs(board),
        Panel(Group(*(line(news, board) for news in feed)), title="the day so far", border_style="bright_black"),
        _links(links),
    )


def line(news: News, board: Scoreboard) -> Text:
    """One line of the feed."""
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(f"{news.at.astimezone(board.world.zone):%H:%M}  ", style="bright_black")
    return text.append(f"{_MARKS[news.tone]} {news.words}", style=_TONES[news.tone])


def closing(account: DayReport, place: Place = PLACE) -> RenderableType:
    """The account as a table, promises below."""
    table = Table(title=f"{place.name}: the account of the day (seed {account.seed})", title_style="bold", expand=False)
    table.add_column("what", style="bold")
    table.add_column("", justify="right", style="green")
    table.add_column("how it is counted", style="bright_black")
    for name, value, how in _lines(account):
        table.add_row(name, value, how)
    promises = Table(box=None, show_header=False, padding=(0, 1))
    for words, count in _promises(account):
        mark = Text(f"✗ {count}", style="bold red") if count else Text("✓ kept", style="green")
        promises.add_row(mark, words)
    return Group(table, Panel(promises, title="promises", border_style="bright_black", expand=False))


def picture(account: DayReport, file: Path) -> None:
    """The account as it looks in a terminal, as a picture for people who were not there."""
    console = Console(record=True, file=StringIO(), width=104, force_terminal=True, markup=False, emoji=False)
    console.print(closing(account))
    file.write_text(console.export_svg(title="make demo"))


def _lines(account: DayReport) -> list[tuple[str, str, str]]:
    minutes = account.median_minutes_to_fill
    return [
        ("openings", str(account.openings), "chairs that became free ahead of their time"),
        ("worth filling", str(account.worth_filling), "an hour ahead, and somebody on the waitlist fitted"),
        ("filled by Chairflow", str(account.filled), "booked in the practice system"),
        ("filled by hand", str(account.filled_by_hand), "the front desk was faster"),
        ("median time to fill", "-" if minutes is None else f"{minutes:.0f} min", "from cancelled to booked again"),
        ("offers per fill", str(account.texts_per_fill or "-"), "texts that reached a phone"),
        ("offers of one segment", _percent(account.offers_one_segment_share), "as the carrier counts"),
        ("chair hours recovered", f"{account.chair_hours_recovered:.1f}", "less what winners gave up"),
        ("revenue recovered", f"${account.dollars_recovered:,}", "at list price"),
        ("said yes and lost", str(account.clients_disappointed), "each of them was told"),
        ("texts sent, replies read", f"{account.texts_sent}, {account.replies}", "every one on a phone screen"),
        ("tasks for staff", str(account.tasks_opened), "cards in the staff chat"),
        (
            "answers sent as drafted",
            f"{account.answers_as_drafted} of {account.answers_as_drafted + account.answers_in_own_words}",
            "the desk changed nothing",
        ),
    ]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _promises(account: DayReport) -> list[tuple[str, int | str]]:
    """What was promised, and what broke it."""
    share = account.offers_one_segment_share
    too_few = share is not None and share < ONE_SEGMENT_SHARE
    return [
        ("nobody was double-booked", account.double_bookings),
        ("nobody got the same text twice", account.double_texts),
        ("everybody who wrote was answered", account.unanswered_clients),
        ("nobody was texted after STOP", account.texts_after_stop),
        ("nobody was texted at night", account.texts_in_quiet_hours),
        ("nobody gave up a visit unread", account.visits_given_up_unsaid),
        ("no event was lost", account.lost_events),
        (f"{ONE_SEGMENT_SHARE:.0%} of the offers fit one segment", _percent(share) if too_few else 0),
    ]


def _head(board: Scoreboard, now: datetime) -> RenderableType:
    counters, world = board.counters, board.world
    local = now.astimezone(world.zone)
    opens, closes = world.at(OPENS), world.at(CLOSES)
    share = min(1.0, max(0.0, (local - opens) / (closes - opens)))
    head = Table.grid(expand=True, padding=(0, 2))
    head.add_column()
    head.add_column(justify="right")
    clock = Text.assemble((f" {local:%a %H:%M} ", "bold reverse"), "  ", (world.place.name, "bold"))
    bar = Text.assemble(("━" * round(30 * share), "green"), ("━" * (30 - round(30 * share)), "bright_black"))
    head.add_row(clock, bar)
    figures = [
        (counters.freed, "freed", "yellow"),
        (counters.offers, "offers", "cyan"),
        (counters.recovered, "recovered", "green"),
        (counters.replies, "replies", "white"),
        (counters.cards, "cards", "magenta"),
    ]
    told = [Text.assemble((str(value), f"bold {style}"), f" {name}") for value, name, style in figures]
    told.append(Text.assemble((f"${counters.dollars:,}", "bold green"), " back"))
    return Panel(Group(head, Columns(told, padding=(0, 3))), border_style="bright_black")


def _chairs(board: Scoreboard) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_row("", Text("today, 8 to 6", style="bright_black"), Text("tomorrow", style="bright_black"))
    for provider in PROVIDERS:
        rows = [_cells(board.row(provider, days=days)) for days in (0, 1)]
        grid.add_row(Text(provider.display_name, style="bold"), *rows)
    return Panel(
        grid, title="chairs", subtitle="blue booked · yellow open · green recovered", border_style="bright_black"
    )


def _cells(cells: list[Cell]) -> Text:
    row = Text()
    for cell in cells:
        mark, style = _CELLS[cell]
        row.append(mark, style=style)
    return row


def _links(links: dict[str, str]) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    for name, url in links.items():
        grid.add_row(Text(name, style="bold"), Text(url, style=f"link {url} cyan"))
    return Panel(grid, border_style="bright_black")


def say_where(console: Console, links: dict[str, str]) -> None:
    """The links alone, for after the day."""
    console.print(_links(links))
