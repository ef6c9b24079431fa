"""Jane as a `Pms`: everything is read, and nothing of a calendar is written; a person types what is to be.

Shifts, breaks, classes and groups are not shown, so that nobody can prove from here that a provider is free.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from vendors.deadline import CALL_SECONDS, deadline
from vendors.errors import BadAnswer
from vendors.http import Answer, VendorHttp
from vendors.pms.base import (
    Capabilities,
    Catalogue,
    ClientRecord,
    DayView,
    Event,
    Pms,
    PmsAppointment,
    PmsBlock,
    PmsDay,
    PmsSegment,
    PmsUnread,
    Rate,
    Shows,
    Takes,
    Tells,
)
from vendors.pms.jane import translate
from vendors.pms.jane.oauth import REFRESH_TOKEN_LIVES
from vendors.pms.jane.rest import VENDOR, Rest
from vendors.pms.local_time import day_bounds
from vendors.tokens import RenewedTokens

#: docs/jane.md says what each rests on.
CAPABILITIES = Capabilities(
    tells=Tells(
        # Arrivals, no-shows and confirmations have no topic; what an uncancelled visit tells is a booking.
        events=frozenset({Event.BOOKED, Event.MOVED, Event.CANCELLED}),
        secret_per_subscription=True,
    ),
    shows=Shows(
        day=DayView.AT_ONCE,
        changes_since=True,
        catalogue=True,
        several_services_per_visit=False,
        confirmations=False,
        completions=False,
    ),
    takes=Takes(),
    # A person writes, and Jane warns them as it does.
    refuses_double_booking=False,
    pace=(Rate(requests=100, per=timedelta(minutes=1)), Rate(requests=600, per=timedelta(minutes=5))),
    lapses_unused_after=REFRESH_TOKEN_LIVES,
)

TOPICS: Final = ("APPOINTMENT_BOOKED", "APPOINTMENT_CANCELLED", "APPOINTMENT_RESCHEDULED", "APPOINTMENT_UNCANCELLED")
#: A filter takes so many values.
_MOST_VALUES: Final = 100


class Jane(Pms):
    """One clinic; safe to share between threads."""

    kind = VENDOR
    capabilities = CAPABILITIES

    def __init__(
        self,
        *,
        clinic_url: str,
        tokens: RenewedTokens,
        http: VendorHttp | None = None,
        call_seconds: float = CALL_SECONDS,
        default_wait: timedelta = timedelta(seconds=10),
        # The largest page of most lists is not documented; that of the patients' search is 1,000.
        page_size: int = 100,
        max_pages: int = 20,
    ) -> None:
        self._http = http or VendorHttp(VENDOR, call_seconds=call_seconds)
        self._rest = Rest(
            http=self._http,
            clinic_url=clinic_url,
            tokens=tokens,
            default_wait=default_wait,
            page_size=page_size,
            max_pages=max_pages,
        )
        self._call_seconds = call_seconds

    def close(self) -> None:
        """Close idle connections."""
        self._http.close()

    def keep_alive(self) -> None:
        """Renew the tokens while half of the refresh token's life is left, so that an outage may last as long."""
        with deadline(self._call_seconds):
            self._rest.keep_alive(within=REFRESH_TOKEN_LIVES / 2)

    def fetch(self, *, appointment_ref: str) -> PmsAppointment | None:
        """The appointment as it is now; None when Jane knows no such id."""
        with deadline(self._call_seconds):
            row = self._rest.get(f"/appointments/{_path(appointment_ref)}", operation="getAnAppointment")
        if row is None:
            return None
        visit = translate.visit(row)
        if visit is None:
            raise BadAnswer("an appointment without id or start", vendor=VENDOR, operation="getAnAppointment")
        return visit

    def fetch_client(self, *, client_ref: str) -> ClientRecord | None:
        """The patient."""
        with deadline(self._call_seconds):
            row = self._rest.get(f"/patients/{_path(client_ref)}", operation="getPatient")
        return None if row is None else translate.client(row)

    def find_clients(self, *, phone: str | None = None, email: str | None = None) -> tuple[ClientRecord, ...]:
        """Patients whose record holds that phone or mailbox somewhere."""
        found: dict[str, ClientRecord] = {}
        with deadline(self._call_seconds):
            for words in (one for one in (phone, email) if one):
                for row in self._rest.search("/patients/search", operation="searchPatients", words=words):
                    record = translate.client(row)
                    found[record.ref] = record
        return tuple(found.values())

    def read_day(
        self, *, location_ref: str, provider_refs: tuple[str, ...], day: date, zone: str, only_visits: bool = False
    ) -> PmsDay:
        """One local date at one location, for these providers. Blocks and shifts are never among it."""
        bounds = day_bounds(day, zone, vendor=VENDOR)
        visits: list[PmsAppointment] = []
        blocks: list[PmsBlock] = []
        unread: list[PmsUnread] = []
        with deadline(self._call_seconds):
            for at in range(0, len(provider_refs), _MOST_VALUES):
                providers = ",".join(provider_refs[at : at + _MOST_VALUES])
                for row in self._appointments(
                    {
                        "location_id[eq]": location_ref,
                        "staff_member_id[eq]": providers,
                        "start_at[lt]": translate.to_second(bounds[1]),
                        "end_at[gt]": translate.to_second(bounds[0]),
                        "sort": "start_at",
                    }
                ):
                    if translate.is_reserved(row):
                        taken = translate.reserved(row)
                        if isinstance(taken, PmsBlock):
                            blocks.append(taken)
                        else:
                            unread.append(taken)
                    elif (visit := translate.visit(row)) is not None:
                        visits.append(visit)
                    elif row.get("state") not in {"cancelled", "no_show", "archived"}:
                        unread.append(translate.unread_visit(row))
        return PmsDay(
            location_ref=location_ref,
            day=day,
            appointments=tuple(
                visit for visit in visits if any(visit.occupies(provider, *bounds) for provider in provider_refs)
            ),
            blocks=tuple(
                replace(one, start=max(one.start, bounds[0]), end=min(one.end, bounds[1]))
                for one in blocks
                if one.start < bounds[1] and one.end > bounds[0]
            ),
            shifts=(),
            unread=tuple(
                one for one in unread if one.start is None or one.end is None or one.during(bounds) is not None
            ),
        )

    def find(
        self, *, location_ref: str, client_ref: str, start: datetime, segments: tuple[PmsSegment, ...]
    ) -> tuple[PmsAppointment, ...]:
        """Live appointments of this patient that begin at `start` with the same treatment and provider."""
        with deadline(self._call_seconds):
            rows = self._appointments(
                {
                    "patient_id[eq]": client_ref,
                    "start_at[gte]": translate.to_second(start),
                    "start_at[lt]": translate.to_second(start + timedelta(minutes=1)),
                }
            )
        found = (translate.visit(row) for row in rows)
        return tuple(
            visit
            for visit in found
            if visit is not None
            and visit.state.occupies
            and visit.client_ref == client_ref
            and visit.start == start
            and translate.same_services(visit, segments)
        )

    def changes_since(self, since: datetime) -> tuple[PmsAppointment, ...]:
        """Visits made or changed since, but for those that are only being booked: those change once more."""
        with deadline(self._call_seconds):
            rows = self._appointments({"updated_at[gte]": translate.to_second(since), "sort": "updated_at"})
        visits = (translate.visit(row) for row in rows if not translate.is_reserved(row))
        return tuple(visit for visit in visits if visit is not None)

    def catalogue(self) -> Catalogue:
        """The clinic's locations, staff and one-on-one treatments."""
        with deadline(self._call_seconds):
            company = self._rest.get("/company", operation="getCompany")
            return translate.catalogue(
                company or {},
                self._rest.items("/locations", operation="getLocations"),
                self._rest.items("/staff_members", operation="listStaffMembersVersioned"),
                self._rest.items("/treatments", operation="listTreatmentsVersioned"),
            )

    def subscribe(self, *, target_url: str) -> tuple[str, ...]:
        """Ask for every webhook there is; answers with the secrets, which Jane shows this once. A subscription that
        stands already is made anew, since its secret cannot be read."""
        with deadline(self._call_seconds):
            return tuple(self._subscribe(topic, target_url) for topic in TOPICS)

    def _subscribe(self, topic: str, target_url: str) -> str:
        body = {"event_topic": topic, "target_url": target_url}
        answer = self._rest.post("/webhooks", operation="postWebhooks", json=body)
        if answer.status == 409:
            self._rest.delete(f"/webhooks/{_path(_standing(answer))}", operation="deleteWebhook")
            answer = self._rest.post("/webhooks", operation="postWebhooks", json=body)
        secret = answer.json_object().get("secret")
        if not isinstance(secret, str) or not secret:
            raise BadAnswer("a subscription without its secret", vendor=VENDOR, operation="postWebhooks")
        return secret

    def _appointments(self, params: dict[str, Any]) -> list[translate.Row]:
        return list(self._rest.items("/appointments", operation="listAppointmentsVersioned", params=params))


def _standing(answer: Answer) -> str:
    """The id of the subscription that is in the way."""
    errors = answer.json_object().get("errors")
    details = errors[0].get("details") if isinstance(errors, list) and errors and isinstance(errors[0], dict) else None
    ref = details.get("id") if isinstance(details, dict) else None
    if not isinstance(ref, str) or not ref:
        raise BadAnswer("a duplicate subscription without its id", vendor=VENDOR, operation="postWebhooks")
    return ref


def _path(ref: str) -> str:
    return quote(ref, safe="")
