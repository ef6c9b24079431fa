"""Between the PMS's references and our own ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from domain.calendar import Segment, Visit, VisitState
from domain.catalogue import Matrix
from domain.ranges import TimeRange
from vendors.pms.base import NewVisit, PmsAppointment, PmsSegment, PmsState

#: A state we have no word for stands like any booked visit.
_STATES = {state: VisitState.BOOKED if state is PmsState.UNKNOWN else VisitState(state.value) for state in PmsState}


@dataclass(frozen=True)
class References:
    """The matrix, found by the PMS's references."""

    matrix: Matrix

    def provider_id(self, ref: str | None) -> int | None:
        return next((one.id for one in self.matrix.providers if ref is not None and one.pms_ref == ref), None)

    def location_id(self, ref: str | None) -> int | None:
        return next((one.id for one in self.matrix.locations if ref is not None and one.pms_ref == ref), None)

    def visit(self, appointment: PmsAppointment, *, appointment_id: int, client_id: int | None) -> Visit:
        """Our view of a PMS appointment. Services and providers the matrix does not know are left out: the visit
        still counts, and `unknown` says what to add."""
        services = {one.pms_ref: one for one in self.matrix.services if one.pms_ref is not None}
        rooms = {one.pms_ref: one.id for one in self.matrix.rooms if one.pms_ref is not None}
        devices = {one.pms_ref: one.id for one in self.matrix.devices if one.pms_ref is not None}
        segments = []
        for one in appointment.segments:
            service, provider_id = services.get(one.service_ref or ""), self.provider_id(one.provider_ref)
            if service is None or provider_id is None or one.end <= one.start:
                continue
            segments.append(
                Segment(
                    service_id=service.id,
                    provider_id=provider_id,
                    room_id=rooms.get(one.room_ref or ""),
                    device_id=devices.get(one.device_ref or ""),
                    during=TimeRange(one.start, one.end),
                    buffer_before=service.buffer_before,
                    buffer_after=service.buffer_after,
                )
            )
        return Visit(
            appointment_id=appointment_id,
            location_id=self.location_id(appointment.location_ref) or 0,
            client_id=client_id,
            state=_STATES[appointment.state],
            segments=tuple(segments),
        )

    def unknown(self, appointment: PmsAppointment) -> tuple[str, ...]:
        """References of the PMS that the matrix does not know, for the log and the import."""
        services = {None, *(one.pms_ref for one in self.matrix.services)}
        providers = {None, *(one.pms_ref for one in self.matrix.providers)}
        return tuple(
            sorted(
                {f"service {one.service_ref}" for one in appointment.segments if one.service_ref not in services}
                | {f"provider {one.provider_ref}" for one in appointment.segments if one.provider_ref not in providers}
            )
        )

    def pms_segments(self, segments: tuple[Segment, ...]) -> tuple[PmsSegment, ...]:
        """Raises `ValueError` naming what has no reference in the PMS yet."""
        return tuple(self._pms_segment(segment) for segment in segments)

    def new_visit(self, *, location_id: int, client_ref: str, segments: tuple[Segment, ...], key: str) -> NewVisit:
        location = self.matrix.location(location_id)
        if location.pms_ref is None:
            raise ValueError("location: no reference of the PMS; add pms_ref and import again")
        return NewVisit(
            location_ref=location.pms_ref, client_ref=client_ref, segments=self.pms_segments(segments), key=key
        )

    def _pms_segment(self, segment: Segment) -> PmsSegment:
        service, provider = self.matrix.service(segment.service_id), self.matrix.provider(segment.provider_id)
        if service.pms_ref is None:
            raise ValueError(f"service {service.code}: no reference of the PMS; add pms_ref and import again")
        if provider.pms_ref is None:
            raise ValueError(f"provider {provider.id}: no reference of the PMS; add pms_ref and import again")
        return PmsSegment(
            service_ref=service.pms_ref,
            provider_ref=provider.pms_ref,
            start=segment.during.start,
            end=segment.during.end,
        )


#: A visit may begin so much apart from its plan and still be the one we wrote: PMSs round to the minute.
SAME_START = timedelta(minutes=1)
