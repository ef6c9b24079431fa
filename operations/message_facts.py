"""From rows to the facts that messages are made of."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from domain.calendar import Segment, Visit
from domain.catalogue import Matrix
from domain.clients import Channel, Client, Language
from domain.filling import waits_for_more
from domain.messages.facts import Sender, VisitFacts
from domain.wall_time import local_date
from models.phone_numbers import as_people_write
from models.repositories import connections, waitlist
from models.repositories.practices import PracticeFacts

_PURPOSE = {Channel.SMS: "sms", Channel.EMAIL: "email"}


def sender(session: Session, practice: PracticeFacts, channel: Channel, client: Client | None = None) -> Sender:
    """The practice as it speaks to this client on this channel: in their language, by their first name where the policy
    says so. Services are named only with an agreement on file and by choice, for every connection that
    could carry the words."""
    purpose = _PURPOSE.get(channel, "sms")
    mine = [one for one in connections.of_practice(session, practice.id) if one.purpose == purpose]
    may_name = bool(mine) and all(one.baa_on_file and one.names_services for one in mine)
    greets = client.first_name if client is not None and practice.policy.contact.greet_by_first_name else None
    return Sender(
        practice=practice.short_name,
        full_name=practice.name,
        phone=None if practice.phone is None else as_people_write(practice.phone),
        may_name_services=may_name,
        greets=greets,
        language=Language.ENGLISH if client is None else client.language,
    )


def spoken_to(practice: PracticeFacts, client: Client | None) -> Sender:
    """The practice as a person of it writes to a client from a task: in the client's language, naming no service."""
    return Sender(
        practice=practice.short_name,
        full_name=practice.name,
        phone=None if practice.phone is None else as_people_write(practice.phone),
        language=Language.ENGLISH if client is None else client.language,
    )


def visit_facts(
    matrix: Matrix,
    *,
    location_id: int | None,
    start: datetime,
    segments: tuple[Segment, ...],
    client: Client | None = None,
) -> VisitFacts:
    """When, with whom and where; the location is named only where the practice has several. What the matrix lacks is
    left unsaid, and at a place it lacks the zone is named where the practice's places differ in it."""
    place = matrix.find_location(location_id)
    provider = matrix.find_provider(segments[0].provider_id) if segments else None
    services = [matrix.find_service(one.service_id) for one in segments]
    return VisitFacts(
        start=start,
        zone=matrix.zone(location_id, (one.provider_id for one in segments)),
        names_zone=place is None and len({one.zone for one in matrix.locations}) > 1,
        provider=None if provider is None else provider.first_name,
        location=place.name if place is not None and len(matrix.locations) > 1 else None,
        address=None if place is None else place.address,
        services=tuple(one.name for one in services if one is not None) if None not in services else (),
        length=segments[-1].during.end - segments[0].during.start if segments else None,
        client_zone=client.zone if client else None,
    )


def visit_facts_of(matrix: Matrix, visit: Visit, client: Client | None) -> VisitFacts:
    """The facts of a visit in the calendar."""
    return visit_facts(
        matrix, location_id=visit.location_id, start=visit.during.start, segments=visit.segments, client=client
    )


def is_listed(session: Session, practice_id: int, client: Client, *, now: datetime, zone: str) -> bool:
    """Whether a closing message may say that they are still on the list."""
    active = waitlist.of_client(session, practice_id, client.id)
    return waits_for_more(client=client, active=active, on=local_date(now, zone))


def quiet_zones(matrix: Matrix, location_id: int | None, client: Client) -> tuple[str, ...]:
    """Where quiet hours are minded: the place's zone, and the client's own where it differs."""
    place = matrix.zone(location_id)
    return (place,) if client.zone is None or client.zone == place else (place, client.zone)
