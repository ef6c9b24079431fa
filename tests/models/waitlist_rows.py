"""The made-up practice, its clients and their entries as rows of the database."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlmodel import Session

from domain.calendar import Visit
from domain.clients import Channel, Client, MessageKind, WaitlistEntry
from models import calendar, client, matrix, practice, waitlist
from tests.models.waitlist_reference import NOW, World


def write_matrix(session: Session, world: World) -> None:
    base = world.practice_id
    session.add(practice.Practice(id=base, slug=f"p{base}", name="P", short_name="P", pms_kind="boulevard"))
    session.flush()
    for place in world.matrix.locations:
        session.add(
            practice.Location(
                id=place.id,
                practice_id=base,
                name=place.name,
                zone=place.zone,
                postcode=place.postcode,
                pms_ref=place.pms_ref,
            )
        )
    for service in world.matrix.services:
        session.add(
            matrix.Service(
                id=service.id,
                practice_id=base,
                code=service.code,
                name=service.name,
                kind=service.kind,
                pms_ref=service.pms_ref,
                duration=service.duration,
                buffer_after=service.buffer_after,
                room_kind=service.room_kind,
                device_kind=service.device_kind,
                earliest_interval=service.earliest_interval,
                price_cents=service.price_cents,
                prerequisite=service.prerequisite.value,
                is_consult=service.is_consult,
            )
        )
    for provider in world.matrix.providers:
        session.add(
            matrix.Provider(
                id=provider.id,
                practice_id=base,
                first_name=provider.first_name,
                display_name=provider.display_name,
                pms_ref=provider.pms_ref,
            )
        )
    session.flush()
    for provider in world.matrix.providers:
        for location_id in provider.location_ids:
            session.add(matrix.ProviderLocation(practice_id=base, provider_id=provider.id, location_id=location_id))
        for service_id in provider.service_ids:
            session.add(matrix.ServiceProvider(practice_id=base, provider_id=provider.id, service_id=service_id))
    for room in world.matrix.rooms:
        session.add(
            matrix.Room(id=room.id, practice_id=base, location_id=room.location_id, kind=room.kind, name=room.name)
        )
    for device in world.matrix.devices:
        session.add(
            matrix.Device(
                id=device.id, practice_id=base, location_id=device.location_id, kind=device.kind, name=device.name
            )
        )
    session.flush()


def write_person(
    session: Session, world: World, person: Client, history: set[tuple[str, date]], visits: list[Visit]
) -> None:
    common: dict[str, Any] = {"practice_id": world.practice_id, "client_id": person.id}
    session.add(
        client.Client(
            id=person.id,
            practice_id=world.practice_id,
            first_name=person.first_name,
            last_name=person.last_name,
            pms_ref=person.pms_ref,
            phone=person.phone,
            email=person.email,
            stated_channel=person.stated_channel,
            last_answered_channel=person.last_answered_channel,
            preferred_provider_id=person.preferred_provider_id,
            vip=person.vip,
            exam_valid_until=person.exam_valid_until,
            consult_valid_until=person.consult_valid_until,
        )
    )
    session.flush()
    session.add_all(
        client.ConsentGrant(
            **common,
            channel=channel.value,
            kind=kind.value,
            granted_at=NOW,
            source="form",
            revoked_at=None if (channel, kind) in person.consent.granted else NOW,
        )
        for channel in Channel
        for kind in MessageKind
    )
    session.add_all(client.ClientTreatment(**common, kind=kind, treated_on=on) for kind, on in history)
    for visit in visits:
        session.add(
            calendar.Appointment(
                **common,
                id=visit.appointment_id,
                pms_ref=f"a{visit.appointment_id}",
                location_id=visit.location_id,
                state=visit.state.value,
                starts_at=visit.during.start,
                ends_at=visit.during.end,
            )
        )
        session.flush()
        session.add_all(
            calendar.AppointmentSegment(
                practice_id=world.practice_id,
                appointment_id=visit.appointment_id,
                position=position,
                service_id=segment.service_id,
                provider_id=segment.provider_id,
                during=segment.during,
                buffer_before=segment.buffer_before,
                buffer_after=segment.buffer_after,
            )
            for position, segment in enumerate(visit.segments)
        )


def write_entry(session: Session, practice_id: int, entry: WaitlistEntry, state: str) -> None:
    session.add(
        waitlist.WaitlistEntry(
            id=entry.id,
            practice_id=practice_id,
            client_id=entry.client_id,
            location_id=entry.location_id,
            state=state,
            together=entry.together,
            earliest_date=entry.earliest_date,
            latest_date=entry.latest_date,
            minimum_notice=entry.minimum_notice,
            miles_declared=entry.miles_declared,
            miles_away=entry.miles_away,
            flexibility=entry.flexibility,
            priority=entry.priority,
            joined_at=entry.joined_at,
            last_offered_at=entry.last_offered_at,
        )
    )
    session.flush()
    common = {"practice_id": practice_id, "entry_id": entry.id}
    session.add_all(
        waitlist.WaitlistService(**common, service_id=one, position=position)
        for position, one in enumerate(entry.service_ids)
    )
    session.add_all(waitlist.WaitlistProvider(**common, provider_id=one) for one in entry.provider_ids)
    session.add_all(
        waitlist.WaitlistWindow(**common, weekday=one.weekday, start_time=one.start, end_time=one.end)
        for one in entry.windows
    )
