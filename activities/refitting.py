"""Whether what a fill has offered is still there: open offers fitted again when the calendar has changed."""

from __future__ import annotations

from sqlmodel import Session
from temporalio import activity

from activities import mirror, outgoing
from activities.contracts.gap_fill import REFIT_OFFERS, RefitOffers, Refitted
from activities.days import LiveDay, local_date, read_live
from activities.endings import REMEMBERED
from activities.errors import translated
from activities.ports import Vendors
from activities.reconciling import tell_openings
from activities.scene import Scene, fitting_services, load, mirrored_day
from activities.translate import References
from domain.calendar import Day
from domain.placing import Board
from domain.ranges import TimeRange
from models.repositories import calendar, clients, offers, openings, questions
from models.repositories.offers import OfferRow
from models.session import Database

#: Of offers that were made, these can still become a visit.
_STANDING = frozenset({"open", "expired"})


class Refitting:
    """Keeps open offers true while the calendar changes around them."""

    def __init__(self, *, database: Database, vendors: Vendors) -> None:
        self._database = database
        self._vendors = vendors

    @activity.defn(name=REFIT_OFFERS.name)
    def refit_offers(self, order: RefitOffers) -> Refitted:
        """Which offers no longer fit: they can be claimed no more, and their clients are to be told. One whose client
        has said yes is left to the writing of its visit, which looks at the same calendar."""
        if order.lost is not None:
            self._read(order)
        with self._database.transaction() as session:
            openings.get(session, order.practice_id, order.opening_id, lock=True)
            scene = load(session, order.practice_id, order.opening_id)
            if scene.opening.state != "live":
                return Refitted(gone=True, words="The opening has ended.")
            day = mirrored_day(session, scene)
            services = fitting_services(scene, day)
            for offer in offers.of_opening(session, order.practice_id, order.opening_id):
                if offer.state in _STANDING and offer.claimed_at is None and not _fits(session, scene, day, offer):
                    offers.set_state(session, order.practice_id, offer.id, state="withdrawn", now=scene.now)
                    questions.close_offer(
                        session, order.practice_id, offer.id, scene.now, forget_at=scene.now + REMEMBERED
                    )
            lost = None if order.lost is None else offers.get(session, order.practice_id, order.lost)
            unfit = tuple(
                one.id
                for one in offers.of_opening(session, order.practice_id, order.opening_id)
                if one.state in {"withdrawn", "replaced"} and one.untold
            )
            return Refitted(
                gone=not services,
                words="" if services else "What is left of it is too short for anything.",
                slot_start=scene.opening.during.start,
                offers_until=scene.latest_start(services) - scene.practice.policy.gap_fill.lead_time,
                unfit=unfit,
                unexplained=lost is not None and _fits(session, scene, day, lost),
            )

    def _read(self, order: RefitOffers) -> None:
        """The practice system said that the time is taken, and the mirror did not know: what it has of the opening's
        time is mirrored, as it would be once its own journeys have told."""
        with self._database.transaction() as session:
            scene = load(session, order.practice_id, order.opening_id)
        with translated():
            live = read_live(
                self._vendors.pms(order.practice_id),
                scene.matrix,
                location_id=scene.opening.location_id,
                provider_ids=(scene.opening.provider_id,),
                day=local_date(scene.opening.during.start, scene.zone),
            )
        with self._database.transaction() as session:
            calendar.lock_day(session, order.practice_id, scene.opening.location_id, live.day)
            _mirror_visits(session, scene, live)
            tell_openings(session, scene.practice, scene.matrix, live, now=scene.now)


def others_fit(session: Session, scene: Scene, *, but: int) -> bool:
    """Whether anybody `but` this offer's client may still have what they were offered of the opening."""
    day = mirrored_day(session, scene)
    return any(
        offer.id != but and offer.state in _STANDING and _fits(session, scene, day, offer)
        for offer in offers.of_opening(session, scene.practice.id, scene.opening.id)
    )


def _fits(session: Session, scene: Scene, day: Day, offer: OfferRow) -> bool:
    """Whether the offered visit has all it needs, and its client is not booked elsewhere then."""
    board = Board(
        slot=scene.slot,
        matrix=scene.matrix,
        day=day,
        zone=scene.zone,
        segment_buffer=scene.practice.policy.gap_fill.segment_buffer,
    )
    own = calendar.client_visits(session, scene.practice.id, [offer.client_id], since=scene.now)
    during = TimeRange(offer.starts_at, offer.ends_at)
    return board.keeps(offer.segments) and not any(
        visit.state.occupies and visit.segments and visit.during.overlaps(during)
        for visit in own.get(offer.client_id, ())
    )


def _mirror_visits(session: Session, scene: Scene, live: LiveDay) -> None:
    """Visits in the opening's time that the mirror has otherwise, or not at all. Their bookings are told as well: what
    their clients hear is for them to say."""
    references, practice = References(scene.matrix), scene.practice
    for appointment in live.overlapping(references, scene.opening.provider_id, scene.opening.during):
        found = calendar.ensure(session, practice.id, pms_ref=appointment.ref)
        row = calendar.lock(session, practice.id, found.id)
        people = clients.ids_by_pms_ref(session, practice.id, (appointment.client_ref,))
        before = calendar.visit(session, practice.id, row.id)
        after = mirror.keep_known(
            before,
            references.visit(
                appointment, appointment_id=row.id, client_id=people.get(appointment.client_ref), before=before
            ),
        )
        if before == after:
            continue
        mirror.write(session, practice, scene.matrix, before=before, after=after, now=scene.now)
        outgoing.look_at_visit(
            session,
            practice.id,
            row.id,
            turn=row.turn,
            key=f"met:{row.id}:{row.turn}:{int(appointment.start.timestamp())}:{scene.opening.id}",
            now=scene.now,
        )
