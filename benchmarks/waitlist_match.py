"""Who may fit an opening, among 1,000,000 waitlist entries of 500 practices, in an embedded Postgres.

    python -m benchmarks.waitlist_match [--entries 1000000] [--asked 400]

Prints p50 and p99 of the query that narrows and, apart from it, of all that `waitlist.candidates` loads; for openings
with at most 500 candidates, and for the worst: 20,000 in one practice. Beside each stands what the same transaction
takes that reads as many entries by their keys, and one that only asks `SELECT 1`. Keeps both plans in out/.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import Final

import psycopg
from sqlalchemy import Select, TextClause, bindparam, literal_column, select, text
from sqlalchemy.dialects import postgresql

from domain.calendar import Cause
from domain.matching import Slot
from domain.offer_history import remembered_since
from domain.policy import GapFillPolicy
from domain.ranges import TimeRange
from models.queries import among, fetch
from models.repositories import narrowing, waitlist
from models.session import Database, make_engine
from models.waitlist import WaitlistEntry
from wiring.database import migrate
from wiring.embedded_postgres import EmbeddedPostgres

OUT: Final = Path("out")
NOW: Final = datetime(2026, 11, 16, 14, tzinfo=UTC)
ZONE: Final = "America/New_York"
PRACTICES: Final = 500
SERVICES: Final = 8
PROVIDERS: Final = 5
#: This many of the entries are one practice's; the worst there is.
LARGE: Final = 20_000
#: Ids of a practice's rows count from here, so that rows need not be read back.
STEP: Final = 1_000
_WARM_UP: Final = 10

_ENTRY: Final = WaitlistEntry.metadata.tables["waitlist_entry"]
_BY_KEY: Final = select(*narrowing.ENTRY_COLUMNS).where(
    _ENTRY.c.practice_id == bindparam("practice_id"), among(_ENTRY.c.id, "entry_ids")
)
_ONE: Final[Select[int]] = select(literal_column("1"))


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the report, in milliseconds."""

    name: str
    asked: int
    candidates_median: int
    candidates_most: int
    p50: float
    p99: float
    slowest: float
    #: As many entries read by their keys, and `SELECT 1`, each in a transaction as the match is.
    keys_p50: float
    keys_p99: float
    one_p50: float
    one_p99: float
    #: Of the narrowing query: planned and run, by Postgres's own clock; the way there and the rows' way back left out.
    postgres_p50: float | None = None
    postgres_p99: float | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--asked", type=int, default=400)
    options = parser.parse_args()
    for one in run(options.entries, options.asked, say=print):
        print(
            f"{one.name:<50} p50 {one.p50:7.2f} ms   p99 {one.p99:7.2f} ms   "
            f"({one.asked} openings, {one.candidates_median} candidates in the median, {one.candidates_most} at most)"
        )
        print(
            f"    as many entries by key: p50 {one.keys_p50:.2f}, p99 {one.keys_p99:.2f} ms "
            f"({one.p50 / one.keys_p50:.1f}x, {one.p99 / one.keys_p99:.1f}x); "
            f"SELECT 1: p50 {one.one_p50:.2f}, p99 {one.one_p99:.2f} ms"
        )
        if one.postgres_p50 is not None:
            print(f"    planned and run in Postgres: p50 {one.postgres_p50:.2f}, p99 {one.postgres_p99:.2f} ms")


def run(entries: int, asked: int, *, say: Callable[[str], None]) -> list[Figure]:
    """Write the entries into a Postgres of their own, ask, and keep figures and plans in out/."""
    with (
        tempfile.TemporaryDirectory(prefix="chairflow-bench-") as folder,
        EmbeddedPostgres(Path(folder), durable=False) as server,
    ):
        Path(folder).chmod(0o755)
        migrate(server.url())
        began = time.monotonic()
        fill(server.url(), entries)
        say(f"{entries:,} entries of {PRACTICES} practices written in {time.monotonic() - began:.0f} s")
        database = Database(make_engine(server.url()))
        figures = measure(database, asked)
        OUT.mkdir(exist_ok=True)
        (OUT / "waitlist_match.json").write_text(json.dumps([asdict(one) for one in figures], indent=2) + "\n")
        for what, opening, file in (
            ("ordinary opening", ordinary_opening, "waitlist_match_plan.txt"),
            ("the largest practice", large_opening, "waitlist_match_worst_plan.txt"),
        ):
            say(f"{what}: {keep_plan(database, opening(Random(1)), OUT / file)}")
        database.engine.dispose()
    return figures


# --- what is asked -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One opening of one practice, with the services that fit it."""

    practice_id: int
    slot: Slot
    service_ids: tuple[int, ...]


def ordinary_opening(random: Random) -> Asked:
    """Two services fit, as behind an ordinary cancellation."""
    return _opening(random, practice=random.randint(2, PRACTICES), services=2)


def large_opening(random: Random) -> Asked:
    """Everything fits, in the practice with the longest list."""
    return _opening(random, practice=1, services=SERVICES)


def _opening(random: Random, *, practice: int, services: int) -> Asked:
    base = practice * STEP
    start = NOW + timedelta(days=random.randint(1, 14), hours=random.randint(0, 6))
    return Asked(
        practice_id=practice,
        slot=Slot(
            location_id=base,
            provider_id=base + random.randrange(PROVIDERS),
            during=TimeRange(start, start + timedelta(minutes=60)),
            cause=Cause.CANCELLATION,
        ),
        service_ids=tuple(base + one for one in random.sample(range(SERVICES), services)),
    )


def measure(database: Database, asked: int) -> list[Figure]:
    """Each opening is asked once; a few before them warm the caches, as a running practice's are.

    Both stages and their floors take turns, so that a busy moment meets all of them. What loads asks for an opening of
    its own: the one just narrowed would be warm.
    """
    figures = []
    for what, opening, number in (
        ("ordinary opening", ordinary_opening, asked),
        (f"{LARGE:,} entries, everything fits", large_opening, max(20, asked // 10)),
    ):
        random = Random(7)
        stages: dict[str, _Stage] = {"narrowing query": _narrow, "candidates loaded": _load}
        taken: dict[str, list[float]] = {name: [] for stage in stages for name in (stage, f"{stage}: keys", "one")}
        found: dict[str, list[int]] = {stage: [] for stage in stages}
        in_postgres: list[float] = []
        for turn in range(-_WARM_UP, number):
            for stage, call in stages.items():
                of_one = opening(random)
                took, entries = _timed(call, database, of_one)
                by_key, _ = _timed(_by_key, database, of_one, entries)
                bare, _ = _timed(_select_one, database)
                if turn >= 0 and call is _narrow:
                    in_postgres.append(_in_postgres(database, of_one))
                if turn >= 0:
                    found[stage].append(len(entries))
                    for name, one in ((stage, took), (f"{stage}: keys", by_key), ("one", bare)):
                        taken[name].append(one)
        for stage in stages:
            middle, late = _cuts(taken[stage])
            keys_middle, keys_late = _cuts(taken[f"{stage}: keys"])
            one_middle, one_late = _cuts(taken["one"])
            postgres = _cuts(in_postgres) if stages[stage] is _narrow else (None, None)
            figures.append(
                Figure(
                    name=f"{what}: {stage}",
                    asked=number,
                    candidates_median=sorted(found[stage])[number // 2],
                    candidates_most=max(found[stage]),
                    p50=middle,
                    p99=late,
                    slowest=round(max(taken[stage]), 2),
                    keys_p50=keys_middle,
                    keys_p99=keys_late,
                    one_p50=one_middle,
                    one_p99=one_late,
                    postgres_p50=postgres[0],
                    postgres_p99=postgres[1],
                )
            )
    return figures


#: Of a database and an opening, the ids of the entries found.
_Stage = Callable[[Database, Asked], list[int]]


def _timed(call: Callable[..., list[int]], *given: object) -> tuple[float, list[int]]:
    """Milliseconds, and what came of it."""
    began = time.perf_counter()
    found = call(*given)
    return (time.perf_counter() - began) * 1000, found


def _cuts(taken: list[float]) -> tuple[float, float]:
    cuts = quantiles(taken, n=100, method="inclusive")
    return round(cuts[49], 2), round(cuts[98], 2)


def _by_key(database: Database, asked: Asked, entries: list[int]) -> list[int]:
    with database.transaction() as session:
        rows = fetch(session, _BY_KEY, practice_id=asked.practice_id, entry_ids=entries)
        return [narrowing.EntryRow(*row).id for row in rows]


def _select_one(database: Database) -> list[int]:
    with database.transaction() as session:
        return [row[0] for row in fetch(session, _ONE)]


def _narrow(database: Database, asked: Asked) -> list[int]:
    """The query and its rows, as `candidates` sends it."""
    with database.transaction() as session:
        return [one.entry.id for one in narrowing.find(session, _query(asked))]


def _load(database: Database, asked: Asked) -> list[int]:
    """Everything a fill has of those who wait when it begins to rank them."""
    with database.transaction() as session:
        found = waitlist.candidates(
            session,
            asked.practice_id,
            opening_id=asked.practice_id * STEP + 1,
            slot=asked.slot,
            service_ids=asked.service_ids,
            now=NOW,
            zone=ZONE,
            past_since=remembered_since(now=NOW, policy=GapFillPolicy()),
        )
        return [one.entry.id for one in found]


def _query(asked: Asked) -> narrowing.Narrowed:
    return narrowing.narrowed(
        asked.practice_id, slot=asked.slot, service_ids=asked.service_ids, now=NOW, zone=ZONE, limit=2000
    )


def _explain(asked: Asked, options: str) -> TextClause:
    query = _query(asked)
    filled = query.statement.params(query.values)
    statement = filled.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[no-untyped-call]
    return text(f"EXPLAIN ({options}) {str(statement).replace(':', chr(92) + ':')}")


def _in_postgres(database: Database, asked: Asked) -> float:
    """Milliseconds. Timing each step of the plan would cost more than most steps do."""
    with database.transaction() as session:
        (plan,) = session.execute(_explain(asked, "ANALYZE, TIMING OFF, FORMAT JSON")).scalar_one()
    return float(plan["Planning Time"] + plan["Execution Time"])


def keep_plan(database: Database, asked: Asked, file: Path) -> str:
    """EXPLAIN (ANALYZE, BUFFERS) of the query as it is sent, with its values; returns what it took in one line."""
    with database.transaction() as session:
        lines = list(session.execute(_explain(asked, "ANALYZE, BUFFERS")).scalars())
    file.write_text("\n".join(lines) + "\n")
    # The first is the whole query's; those of planning follow at the end.
    buffers = next(line.strip() for line in lines if "Buffers:" in line)
    return ", ".join([buffers, *(line for line in lines if line.startswith(("Planning Time", "Execution Time")))])


# --- the million -------------------------------------------------------------------------------------------------


def fill(url: str, entries: int) -> None:
    """Practices of equal size beside one large; rows of all of them come in mixed, as they would over the years."""
    random = Random(2026)
    owners = [1] * LARGE + [2 + at % (PRACTICES - 1) for at in range(entries - LARGE)]
    random.shuffle(owners)
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://")) as connection:
        # Foreign keys are not checked row by row: every row here is made to hold them.
        connection.execute("SET session_replication_role = replica")
        _catalogue(connection)
        _copy(
            connection,
            "client (id, practice_id, first_name, last_name, phone, pms_ref, vip)",
            entries,
            lambda at: (
                *(at + 1, owners[at], "A", "B"),
                *(None if at % 50 == 0 else f"+1{2_000_000_000 + at}", f"client-{at}", False),
            ),
        )
        _copy(
            connection,
            "consent_grant (practice_id, client_id, channel, kind, granted_at, source)",
            entries,
            lambda at: (owners[at], at + 1, "sms", "offer", NOW, "form"),
        )
        _copy(
            connection,
            "opt_out (practice_id, channel, address, opted_out_at, source)",
            entries // 40,
            lambda at: (owners[at * 40 + 1], "sms", f"+1{2_000_000_000 + at * 40 + 1}", NOW, "reply"),
        )
        _copy(
            connection,
            "waitlist_entry (id, practice_id, client_id, location_id, state, together, earliest_date, latest_date, "
            "minimum_notice, flexibility, priority, joined_at)",
            entries,
            lambda at: (
                *(at + 1, owners[at], at + 1, owners[at] * STEP if at % 2 else None),
                *("active" if at % 10 else "fulfilled", False),
                NOW.date() + timedelta(days=random.randint(0, 10)) if at % 4 == 0 else None,
                NOW.date() + timedelta(days=random.randint(3, 30)) if at % 5 == 0 else None,
                timedelta(hours=random.choice((0, 2, 24))),
                *(at % 4, at % 7 // 3, NOW - timedelta(minutes=random.randint(0, 100_000))),
            ),
        )
        _copy(
            connection,
            "waitlist_service (practice_id, entry_id, service_id, position)",
            entries,
            lambda at: (owners[at], at + 1, owners[at] * STEP + random.randrange(SERVICES), 0),
        )
        _copy(
            connection,
            "waitlist_provider (practice_id, entry_id, provider_id)",
            entries // 2,
            lambda at: (owners[2 * at], 2 * at + 1, owners[2 * at] * STEP + random.randrange(PROVIDERS)),
        )
        _around(connection, entries, owners)
        weekdays = [random.sample(range(7), 3) for _ in range(1_000)]
        _copy(
            connection,
            "waitlist_window (practice_id, entry_id, weekday, start_time, end_time)",
            entries // 2 * 3,
            lambda at: (
                *(owners[at // 3 * 2 + 1], at // 3 * 2 + 2, weekdays[at // 3 % 1_000][at % 3]),
                *(("08:00", "13:00") if at // 3 % 2 else ("12:00", "19:00")),
            ),
        )
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM (ANALYZE)")


def _around(connection: psycopg.Connection, clients: int, owners: list[int]) -> None:
    """What is known of those who wait: a treatment of every second, a visit to come of every third, an offer texted to
    every fifth this week, and another chair offered to every fiftieth just now."""
    booked, ends = NOW + timedelta(days=40), NOW + timedelta(days=40, minutes=30)
    _copy(
        connection,
        "client_treatment (practice_id, client_id, kind, treated_on)",
        clients // 2,
        lambda at: (owners[2 * at], 2 * at + 1, "s", NOW.date() - timedelta(days=30 + at % 200)),
    )
    _copy(
        connection,
        "appointment (id, practice_id, pms_ref, location_id, client_id, state, starts_at, ends_at, turn)",
        clients // 3,
        lambda at: (*(at + 1, owners[3 * at], f"a{at}", owners[3 * at] * STEP, 3 * at + 1, "booked", booked, ends, 0),),
    )
    _copy(
        connection,
        "appointment_segment (practice_id, appointment_id, position, service_id, provider_id, inferred, during, "
        "buffer_before, buffer_after)",
        clients // 3,
        lambda at: (
            *(owners[3 * at], at + 1, 0, owners[3 * at] * STEP, owners[3 * at] * STEP + at % PROVIDERS, False),
            *(f"[{booked.isoformat()},{ends.isoformat()})", "0", "0"),
        ),
    )
    _copy(
        connection,
        "message (practice_id, client_id, direction, channel, kind, address, body, state, at)",
        clients // 5,
        lambda at: (
            *(owners[5 * at], 5 * at + 1, "out", "sms", "offer", f"+1{2_000_000_000 + 5 * at}", "A chair is free."),
            *("delivered", NOW - timedelta(hours=at % 150)),
        ),
    )
    _copy(
        connection,
        "opening (id, practice_id, location_id, provider_id, during, cause, state, chain_depth, created_at)",
        PRACTICES,
        lambda at: (
            *((at + 1) * STEP, at + 1, (at + 1) * STEP, (at + 1) * STEP),
            *(f"[{booked.isoformat()},{ends.isoformat()})", "cancellation", "live", 0, NOW),
        ),
    )
    _copy(
        connection,
        "offer (practice_id, opening_id, client_id, phone, wave, state, starts_at, ends_at, plan, consult_instead, "
        "score, token, chosen_by)",
        clients // 50,
        lambda at: (
            *(owners[50 * at + 3], owners[50 * at + 3] * STEP, 50 * at + 4, f"+1{2_000_000_000 + 50 * at + 3}", 1),
            *("open", booked, ends, "[]", False, 0.0, f"t{at}", "rank"),
        ),
    )


def _catalogue(connection: psycopg.Connection) -> None:
    practices = range(1, PRACTICES + 1)
    _copy(
        connection,
        "practice (id, slug, name, short_name, pms_kind, policy, paused)",
        PRACTICES,
        lambda at: (at + 1, f"p{at}", "P", "P", "boulevard", "{}", False),
    )
    _copy(
        connection,
        "location (id, practice_id, name, zone, postcode, pms_ref)",
        PRACTICES,
        lambda at: (practices[at] * STEP, practices[at], "Main", ZONE, "10011", "place"),
    )
    _copy(
        connection,
        "provider (id, practice_id, first_name, display_name, pms_ref, active)",
        PRACTICES * PROVIDERS,
        lambda at: (
            practices[at // PROVIDERS] * STEP + at % PROVIDERS,
            practices[at // PROVIDERS],
            "P",
            f"P{at}",
            f"staff-{at}",
            True,
        ),
    )
    _copy(
        connection,
        "service (id, practice_id, code, name, kind, pms_ref, duration, buffer_before, buffer_after, requirements, "
        "price_cents, high_value, prerequisite, is_consult, active)",
        PRACTICES * SERVICES,
        lambda at: (
            *(
                practices[at // SERVICES] * STEP + at % SERVICES,
                practices[at // SERVICES],
                f"S{at}",
                "S",
                "s",
                f"service-{at}",
            ),
            *("30 min", "0", "0", "[]", 0, False, "none", False, True),
        ),
    )


def _copy(connection: psycopg.Connection, into: str, rows: int, row: Callable[[int], tuple[object, ...]]) -> None:
    with connection.cursor().copy(f"COPY {into} FROM STDIN") as copy:
        for at in range(rows):
            copy.write_row(row(at))


if __name__ == "__main__":
    main()
