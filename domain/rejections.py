"""Why something is refused: the rule's name for records, its sentence for the front desk."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """Every rule that can refuse an opening, a service or a client."""

    # The opening itself.
    PAST = "past"
    LEAD_TIME = "lead_time"
    HORIZON = "horizon"
    NOTHING_FITS = "nothing_fits"
    NO_CANDIDATE = "no_candidate"
    # Who may give the service, where and with what.
    PROVIDER_NOT_LISTED = "provider_not_listed"
    CREDENTIAL_MISSING = "credential_missing"
    CREDENTIAL_EXPIRED = "credential_expired"
    TOO_LONG = "too_long"
    PROVIDER_BUSY = "provider_busy"
    OUTSIDE_SHIFT = "outside_shift"
    ROOM_BUSY = "room_busy"
    DEVICE_BUSY = "device_busy"
    SERVICE_UNKNOWN = "service_unknown"
    SERVICE_NOT_SAID = "service_not_said"
    # What a booking has to name, and the practice system does not know.
    LOCATION_NOT_IN_PMS = "location_not_in_pms"
    PROVIDER_NOT_IN_PMS = "provider_not_in_pms"
    SERVICE_NOT_IN_PMS = "service_not_in_pms"
    CLIENT_NOT_IN_PMS = "client_not_in_pms"
    # What the client wishes.
    WRONG_PROVIDER = "wrong_provider"
    WRONG_LOCATION = "wrong_location"
    TOO_FAR = "too_far"
    NOTICE = "notice"
    DATES = "dates"
    WINDOW = "window"
    ALREADY_BOOKED_THEN = "already_booked_then"
    # What is safe for the client.
    TOO_SOON_CLINICALLY = "too_soon_clinically"
    EXAM_NEEDED = "exam_needed"
    CONSULT_NEEDED = "consult_needed"
    # Whether the client may be asked.
    NO_PHONE = "no_phone"
    OPTED_OUT = "opted_out"
    NO_CONSENT = "no_consent"
    OPEN_OFFER_ELSEWHERE = "open_offer_elsewhere"
    ALREADY_OFFERED = "already_offered"
    CAPPED = "capped"
    ASKED_WHEN = "asked_when"
    ASKED_THROUGH_ANOTHER = "asked_through_another"


@dataclass(frozen=True, kw_only=True)
class Rejection:
    """`words` is a sentence the front desk reads; it names no client."""

    rule: Rule
    words: str
