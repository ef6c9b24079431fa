"""What a booking has to name, and the practice system must know: client, service, provider and location.

Who or what has no reference there cannot be booked, so nothing is offered that would need it.
"""

from __future__ import annotations

from typing import TypeAlias

from domain.catalogue import Location, Provider, Service
from domain.clients import Client
from domain.rejections import Rejection, Rule

Bookable: TypeAlias = Client | Service | Provider | Location

_ADD_IT = "add its pms_ref and import again"


def lacks_reference(of: Bookable) -> Rejection:
    """The rule and its sentence; it names no client."""
    match of:
        case Client():
            words = "Has no reference in the practice system, so a visit could not be booked; add their pms_ref."
            return Rejection(rule=Rule.CLIENT_NOT_IN_PMS, words=words)
        case Service():
            words = f"{of.name} has no reference in the practice system, so it cannot be booked; {_ADD_IT}."
            return Rejection(rule=Rule.SERVICE_NOT_IN_PMS, words=words)
        case Provider():
            words = f"{of.display_name} has no reference in the practice system and cannot be booked; {_ADD_IT}."
            return Rejection(rule=Rule.PROVIDER_NOT_IN_PMS, words=words)
        case Location():
            words = f"{of.name} has no reference in the practice system, so nothing can be booked there; {_ADD_IT}."
            return Rejection(rule=Rule.LOCATION_NOT_IN_PMS, words=words)


def what_lacks_reference(*of: Bookable) -> Rejection | None:
    """The first of these that a booking could not name, or None."""
    return next((lacks_reference(one) for one in of if one.pms_ref is None), None)
