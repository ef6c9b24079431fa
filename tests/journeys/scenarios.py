"""A corner of the practice: one scenario's location, staff and clients, and what became of them.

A promise is judged from what reached a phone and what stands in the calendar: `Corner.heard` and `Corner.visits` read
the vendors' ledgers. Our tables are looked at second, for what only they can tell.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from activities.replies import CROSSING
from models.calendar import Appointment, Opening
from models.offers import Offer
from models.tasks import Task
from simulation.reading import Gist, read
from simulation.sandbox_client import Entry
from simulation.stage import Stage
from tests.journeys.house import ZONE, ref, until
from tests.journeys.scenario_rows import Place, add_clients, add_to_waitlist, phone_of, seed_clients, staff_ref

if TYPE_CHECKING:
    from tests.journeys.scenario_practice import Premises

#: A machine shared with others may take its time; nothing is ever judged by how long it took.
PATIENCE: Final = 120.0


@dataclass(frozen=True)
class Corner:
    """A location with staff, rooms, one service and clients of its own. Clients and providers count from 1."""

    premises: Premises
    number: int
    place: Place
    client_ids: tuple[int, ...]
    client_numbers: tuple[int, ...]
    #: Tomorrow, by the practice's clock when the corner was made.
    day: date

    @property
    def location_id(self) -> int:
        return self.place.location_id

    @property
    def stage(self) -> Stage:
        return self.premises.stage

    def at(self, hour: int, minute: int = 0, *, ahead: int = 0) -> datetime:
        """An instant of the corner's day."""
        day = self.day + timedelta(days=ahead)
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(ZONE))

    @property
    def location_ref(self) -> str:
        return ref("Location", self.number)

    def staff(self, provider: int) -> str:
        return staff_ref(self.number, provider)

    def client_ref(self, client: int) -> str:
        return ref("Client", self.client_numbers[client - 1])

    def client_id(self, client: int) -> int:
        return self.client_ids[client - 1]

    def phone(self, client: int) -> str:
        return phone_of(self.client_numbers[client - 1])

    # --- the front desk -----------------------------------------------------------------------------------------

    def by_hand(self, deed: str, **body: Any) -> Entry:
        """`staff/{deed}` in the practice system."""
        done: Entry = self.stage.sandboxes.boulevard.ask("POST", f"staff/{deed}", body)
        return done

    def book(self, client: int, start: datetime, *, provider: int = 1, mirrored: bool = True) -> str:
        """A visit by hand; returns the appointment's id there, once we know it too."""
        made = self.by_hand(
            "book",
            client=self.client_ref(client),
            location=self.location_ref,
            start=start.isoformat(),
            services=[{"service": ref("Service", self.number), "staff": self.staff(provider)}],
        )
        appointment = str(made["appointment"])
        if mirrored:
            self.mirrored(appointment)
        return appointment

    def cancel(self, appointment: str) -> None:
        self.by_hand("cancel", id=appointment)

    def visits(self, *, live_only: bool = True) -> list[Entry]:
        """The corner's appointments in the practice system, by default those that stand."""
        state = self.stage.sandboxes.boulevard.state()
        here = ref("Location", self.number).rpartition(":")[2]
        return [
            one
            for one in state["appointments"]
            if one["location"] == here and (not live_only or one["state"] != "CANCELLED")
        ]

    def visits_of(self, client: int, *, live_only: bool = True) -> list[Entry]:
        mine = self.client_ref(client).rpartition(":")[2]
        return [one for one in self.visits(live_only=live_only) if one["client"] == mine]

    def double_bookings(self, *, standing: bool = False) -> list[Entry]:
        wish = "double_bookings" + ("?standing=true" if standing else "")
        mine = {self.staff(one).rpartition(":")[2] for one in range(1, len(self.place.provider_ids) + 1)}
        return [one for one in self.stage.sandboxes.boulevard.ask("GET", wish) if one["staff"] in mine]

    # --- the clients --------------------------------------------------------------------------------------------

    def texts(self, client: int) -> list[str]:
        """Every text that reached this client's phone, the carrier's own left out, oldest first."""
        mine = self.phone(client)
        entries = self.stage.sandboxes.twilio.ledger(kind="text")
        return [str(one["body"]) for one in entries if one["to"] == mine and not one["automatic"]]

    def heard(self, client: int) -> list[Gist]:
        """What those texts were about."""
        return [read(body).gist for body in self.texts(client)]

    def asked_for(self, client: int) -> list[Entry]:
        """What the carrier was asked to send there, refused or not."""
        mine = self.phone(client)
        entries = self.stage.sandboxes.twilio.ledger()
        return [one for one in entries if one["kind"] in {"accepted", "refused"} and one["to"] == mine]

    def says(self, client: int, words: str, *, number: str | None = None) -> None:
        twilio = self.stage.sandboxes.twilio
        to = number or twilio.config()["numbers"][0]
        twilio.ask("POST", "inbound", {"from": self.phone(client), "to": to, "body": words})

    def reads_and_says(self, client: int, words: str) -> None:
        """An answer to the last text; `says` may be one that passed it on the way."""
        # An answer within `CROSSING` of a text is taken for one that passed it, so practice time has to go by.
        time.sleep(2 * CROSSING.total_seconds() / self.premises.rate)
        self.says(client, words)

    def link(self, client: int) -> str:
        """The link in the last offer this client got."""
        links = [found.link for body in self.texts(client) if (found := read(body)).link is not None]
        return str(links[-1])

    def hears(self, client: int, *gists: Gist) -> None:
        """Waits until the client's texts were about exactly these, in this order."""
        wanted = list(gists)
        deadline = time.monotonic() + PATIENCE
        while self.heard(client)[: len(wanted)] != wanted and time.monotonic() < deadline:
            time.sleep(0.05)  # not `until`: in the end it is to be said what was heard instead
        texts = self.texts(client)
        heard = [read(body).gist for body in texts]
        assert heard == wanted, f"client {client} heard {heard}, not {wanted}: {texts}"

    def offered(self, *clients: int) -> None:
        """Waits until each of them was asked."""
        for client in clients:
            until(
                lambda client=client: Gist.OFFER in self.heard(client),  # type: ignore[misc]
                seconds=PATIENCE,
                what=f"an offer to client {client}",
            )

    # --- our tables ---------------------------------------------------------------------------------------------

    def rows(self, table: type[Any], *where: Any) -> list[Any]:
        with self.stage.database().transaction() as session:
            found = session.exec(select(table).where(*where).order_by(col(table.id))).all()
            return list(found)

    def openings(self) -> list[Opening]:
        return self.rows(Opening, Opening.location_id == self.location_id)

    def offers(self) -> list[Offer]:
        return self.rows(Offer, col(Offer.opening_id).in_([one.id for one in self.openings()]))

    def tasks(self) -> list[Task]:
        """Tasks about the corner's openings or clients."""
        openings = [one.id for one in self.openings()]
        return self.rows(Task, col(Task.opening_id).in_(openings) | col(Task.client_id).in_(self.client_ids))

    def opening(self, place: int = 1) -> int:
        """The id of the corner's first, second … opening, once there is one."""
        made = until(
            lambda: found if len(found := self.openings()) >= place else None, seconds=PATIENCE, what="an opening"
        )
        number = made[place - 1].id
        assert number is not None
        return number

    def mirrored(self, appointment: str, state: str = "booked") -> None:
        """Waits until our mirror shows the appointment so."""

        def found() -> bool:
            rows = self.rows(Appointment, col(Appointment.pms_ref).endswith(appointment))
            return any(one.state == state for one in rows)

        until(found, seconds=PATIENCE, what=f"the mirror's {state}")

    def ended(self, place: int = 1) -> str:
        """Waits for the end of the corner's first, second … fill and of all that follows from it."""
        ending = self.premises.fill_ended(self.opening(place))
        self.premises.settled()
        return ending

    # --- who else comes -----------------------------------------------------------------------------------------

    def joined(self, numbers: Sequence[int], *, waiting: Sequence[int]) -> Corner:
        """With these people as further clients, those at the places `waiting` on the waitlist."""
        practice_id, since = self.premises.practice_id, self.premises.now() - timedelta(days=50)
        with self.stage.database().transaction() as session:
            ids = add_clients(session, practice_id=practice_id, numbers=numbers, since=since)
            for place in waiting:
                joined_at = since + timedelta(hours=place)
                add_to_waitlist(session, self.place, practice_id=practice_id, client_id=ids[place], since=joined_at)
        seed_clients(self.stage, numbers)
        return replace(self, client_ids=(*self.client_ids, *ids), client_numbers=(*self.client_numbers, *numbers))

    def waits(self, client_id: int) -> None:
        """Somebody of another corner waits for this one's service as well."""
        practice_id, since = self.premises.practice_id, self.premises.now() - timedelta(days=60)
        with self.stage.database().transaction() as session:
            add_to_waitlist(session, self.place, practice_id=practice_id, client_id=client_id, since=since)


def shown(page: str) -> str:
    """What a claim page says: "open", "confirming", "next", "won", "handed_over", "lost" or "over"."""
    found = re.search(r'data-shown="([a-z_]+)"', page)
    assert found is not None, page[:500]
    return found.group(1)


def eventually(check: Callable[[], bool], what: str) -> None:
    until(check, seconds=PATIENCE, what=what)
