"""Whether what a fill has offered is still there: open offers fitted again when the calendar has changed."""

from __future__ import annotations

from sqlmodel import Session
from temporalio import activity

from activities.endings import REMEMBERED
from activities.reconciling import tell_openings
from contracts.gap_fill import REFIT_OFFERS, RefitOffers, Refitted
from domain.calendar import Day
from domain.placing import Board
from domain.ranges import TimeRange
from domain.wall_time import local_date
from models.repositories import calendar, clients, offers, openings, questions
from models.repositories.offers import OfferRow
from models.session import Database
from operations import journey_deliveries, mirror
from operations.live_day import LiveDay, read_live
from operations.opening_context import OpeningContext, fitting_services, load, mirrored_day
from operations.pms_references import References
from operations.ports import Vendors
from operations.vendor_errors import translated
from operations.visit_states import known_state
from vendors.pms.base import Shows

#: Of offers that were made, these can still become a visit.
_STANDING = frozenset({"open", "expired"})


class OfferRefitting:
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
            context = load(session, order.practice_id, order.opening_id)
            if context.opening.state != "live":
                return Refitted(gone=True, words="The opening has ended.")
            day = mirrored_day(session, context)
            services = fitting_services(context, day)
            made = offers.of_opening(session, order.practice_id, order.opening_id)
            # Nobody has heard of these: they are chosen anew, from what the calendar says now.
            offers.let_go(session, order.practice_id, [one.id for one in made if one.state == "planned"])
            for offer in made:
                if offer.state in _STANDING and offer.claimed_at is None and not _fits(session, context, day, offer):
                    offers.set_state(session, order.practice_id, offer.id, state="withdrawn", now=context.now)
                    questions.close_offer(
                        session, order.practice_id, offer.id, context.now, forget_at=context.now + REMEMBERED
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
                slot_start=context.opening.during.start,
                offers_until=context.latest_start(services) - context.practice.policy.gap_fill.lead_time,
                unfit=unfit,
                unexplained=lost is not None and _fits(session, context, day, lost),
            )

    def _read(self, order: RefitOffers) -> None:
        """The practice system said that the time is taken, and the mirror did not know: what it has of the opening's
        time is mirrored, as it would be once its own journeys have told."""
        with self._database.transaction() as session:
            context = load(session, order.practice_id, order.opening_id)
        with translated():
            pms = self._vendors.pms(order.practice_id)
            live = read_live(
                pms,
                context.matrix,
                location_id=context.opening.location_id,
                provider_ids=(context.opening.provider_id,),
                day=local_date(context.opening.during.start, context.zone),
                everywhere=True,
            )
        with self._database.transaction() as session:
            places = sorted((live, *live.away), key=lambda one: one.location.id)
            for one in places:
                calendar.lock_day(session, order.practice_id, one.location.id, one.day)
            _mirror_visits(session, context, live, pms.capabilities.shows)
            for one in places:
                tell_openings(session, context.practice, context.matrix, one, now=context.now)


def others_fit(session: Session, context: OpeningContext, *, but: int) -> bool:
    """Whether anybody `but` this offer's client may still have what they were offered of the opening."""
    made = offers.of_opening(session, context.practice.id, context.opening.id)
    others = [offer for offer in made if offer.id != but and offer.state in _STANDING]
    if not others:
        return False
    day = mirrored_day(session, context)
    return any(_fits(session, context, day, offer) for offer in others)


def _fits(session: Session, context: OpeningContext, day: Day, offer: OfferRow) -> bool:
    """Whether the offered visit has all it needs, and its client is not booked elsewhere then."""
    board = Board(
        slot=context.slot,
        matrix=context.matrix,
        day=day,
        zone=context.zone,
        policy=context.practice.policy,
    )
    own = calendar.client_visits(session, context.practice.id, [offer.client_id], since=context.now)
    during = TimeRange(offer.starts_at, offer.ends_at)
    return board.keeps(offer.segments) and not any(
        visit.state.occupies and visit.segments and visit.during.overlaps(during)
        for visit in own.get(offer.client_id, ())
    )


def _mirror_visits(session: Session, context: OpeningContext, live: LiveDay, shows: Shows) -> None:
    """Visits in the opening's time that the mirror has otherwise, or not at all. Their bookings are told as well: what
    their clients hear is for them to say."""
    references, practice = References(context.matrix), context.practice
    for appointment in live.overlapping(references, context.opening.provider_id, context.opening.during):
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
        after = known_state(session, practice.id, after, shows, now=context.now)
        if before == after:
            continue
        mirror.write(session, practice, context.matrix, before=before, after=after, now=context.now)
        journey_deliveries.look_at_visit(
            session,
            practice.id,
            row.id,
            turn=row.turn,
            key=f"met:{row.id}:{row.turn}:{int(appointment.start.timestamp())}:{context.opening.id}",
            now=context.now,
        )
