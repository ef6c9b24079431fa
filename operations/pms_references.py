"""Between the PMS's references and our own ids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from domain.calendar import Kind, Segment, Unknown, Visit, VisitState
from domain.catalogue import Device, Matrix, Room
from domain.clients import Client
from domain.missing_pms_refs import Bookable, lacks_reference
from domain.ranges import TimeRange
from vendors.pms.base import NewVisit, PmsAppointment, PmsSegment, PmsState


@dataclass(frozen=True)
class References:
    """The matrix, found by the PMS's references."""

    matrix: Matrix

    def provider_id(self, ref: str | None) -> int | None:
        return next((one.id for one in self.matrix.providers if ref is not None and one.pms_ref == ref), None)

    def location_id(self, ref: str | None) -> int | None:
        return next((one.id for one in self.matrix.locations if ref is not None and one.pms_ref == ref), None)

    def visit(
        self,
        appointment: PmsAppointment,
        *,
        appointment_id: int,
        client_id: int | None,
        before: Visit | None = None,
    ) -> Visit:
        """Our view of a PMS appointment. A service, provider or place that the matrix lacks stands in it by the PMS's
        reference (`Visit.unknown`), and takes its time all the same. A state that nobody knows leaves a visit in the
        one it was in `before`, and is that of a booked visit otherwise."""
        location_id = self.location_id(appointment.location_ref)
        return Visit(
            appointment_id=appointment_id,
            location_id=location_id,
            location_ref=appointment.location_ref if location_id is None else None,
            client_id=client_id,
            state=_state(appointment.state, before),
            segments=tuple(
                # A service that takes several providers' time has one price.
                self._segment(one, provider_ref, price_cents=one.price_cents if place == 0 else None)
                for one in appointment.segments
                if one.end > one.start
                for place, provider_ref in enumerate(_whose(one, appointment))
            ),
        )

    def _segment(self, one: PmsSegment, provider_ref: str | None, *, price_cents: int | None) -> Segment:
        services = {it.pms_ref: it for it in self.matrix.services if it.pms_ref is not None}
        service = services.get(one.service_ref or "")
        provider_id = self.provider_id(provider_ref)
        return Segment(
            service_id=None if service is None else service.id,
            service_ref=one.service_ref if service is None else None,
            provider_id=provider_id,
            provider_ref=provider_ref if provider_id is None else None,
            anybodys=provider_ref is None,
            room_id=_by_ref(self.matrix.rooms, one.room_ref),
            device_id=_by_ref(self.matrix.devices, one.device_ref),
            during=TimeRange(one.start, one.end),
            buffer_before=timedelta() if service is None else service.buffer_before,
            buffer_after=max(timedelta() if service is None else service.buffer_after, one.clean_up),
            price_cents=price_cents,
        )

    def knows(self, unknown: Unknown) -> bool:
        """Whether the matrix has it by now."""
        there: dict[Kind, tuple[Bookable, ...]] = {
            Kind.SERVICE: self.matrix.services,
            Kind.PROVIDER: self.matrix.providers,
            Kind.LOCATION: self.matrix.locations,
        }
        return any(one.pms_ref == unknown.ref for one in there[unknown.kind])

    def new_visit(self, *, location_id: int, client: Client, segments: tuple[Segment, ...], key: str) -> NewVisit:
        """Raises `NotInPms` naming what has no reference in the PMS yet: a fit that was found has them all."""
        return NewVisit(
            location_ref=_reference(self.matrix.location(location_id)),
            client_ref=_reference(client),
            segments=tuple(self._pms_segment(segment) for segment in segments),
            key=key,
        )

    def _pms_segment(self, segment: Segment) -> PmsSegment:
        return PmsSegment(
            service_ref=_reference(self.matrix.service(segment.service_id)),
            provider_ref=_reference(self.matrix.provider(segment.provider_id)),
            start=segment.during.start,
            end=segment.during.end,
            clean_up=segment.buffer_after,
        )


class NotInPms(ValueError):
    """Something a booking names has no reference of the PMS; the text says what, for staff."""


def _state(state: PmsState, before: Visit | None) -> VisitState:
    if state is not PmsState.UNKNOWN:
        return VisitState(state.value)
    return before.state if before is not None and before.state.occupies else VisitState.BOOKED


def _reference(of: Bookable) -> str:
    if of.pms_ref is None:
        raise NotInPms(lacks_reference(of).words)
    return of.pms_ref


def _by_ref(rows: Iterable[Room | Device], ref: str | None) -> int | None:
    return next((one.id for one in rows if ref is not None and one.pms_ref == ref), None)


def _whose(segment: PmsSegment, appointment: PmsAppointment) -> tuple[str | None, ...]:
    """The provider it names, else the visit's others; None for anybody, where the visit names nobody."""
    if segment.provider_ref is not None:
        return (segment.provider_ref,)
    others = dict.fromkeys(one.provider_ref for one in appointment.segments if one.provider_ref is not None)
    return tuple(others) or (None,)


#: A visit may begin so much apart from its plan and still be the one we wrote: PMSs round to the minute.
SAME_START = timedelta(minutes=1)
