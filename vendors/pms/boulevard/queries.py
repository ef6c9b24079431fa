"""The GraphQL documents sent to Boulevard, and its small filter language.

Only fields that Boulevard's documentation or several working clients show are asked for. Inputs are spelt out field by
field with plain scalars as variables: the names of most input types are not published, their fields are.
"""

from __future__ import annotations

from datetime import UTC, datetime

_APPOINTMENT = """
  id startAt endAt state cancelled createdAt clientId locationId
  cancellation { reason }
  appointmentServices { id startAt endAt duration totalDuration serviceId staffId }
"""

APPOINTMENT = f"query Appointment($id: ID!) {{ appointment(id: $id) {{ {_APPOINTMENT} }} }}"

CLIENT = """
query Client($id: ID!) {
  client(id: $id) { id firstName lastName email mobilePhone marketingSettings { email push sms type } }
}
"""

LOCATIONS = """
query Locations($first: Int!, $after: String) {
  locations(first: $first, after: $after) { edges { node { id tz } } pageInfo { hasNextPage endCursor } }
}
"""

APPOINTMENTS = f"""
query Appointments($location: ID!, $query: QueryString, $first: Int!, $after: String) {{
  appointments(locationId: $location, query: $query, first: $first, after: $after) {{
    edges {{ node {{ {_APPOINTMENT} }} }} pageInfo {{ hasNextPage endCursor }}
  }}
}}
"""

CLIENT_APPOINTMENTS = f"""
query ClientAppointments($location: ID!, $client: ID!, $query: QueryString, $first: Int!, $after: String) {{
  appointments(locationId: $location, clientId: $client, query: $query, first: $first, after: $after) {{
    edges {{ node {{ {_APPOINTMENT} }} }} pageInfo {{ hasNextPage endCursor }}
  }}
}}
"""

_BLOCKS = "edges { node { id cancelled startAt endAt staffId } } pageInfo { hasNextPage endCursor }"

TIMEBLOCKS = f"""
query Timeblocks($location: ID!, $query: QueryString, $first: Int!) {{
  timeblocks(locationId: $location, query: $query, first: $first) {{ {_BLOCKS} }}
}}
"""

#: `after` is confirmed for the other lists only, so it is sent no sooner than a second page exists.
TIMEBLOCKS_AFTER = f"""
query TimeblocksAfter($location: ID!, $query: QueryString, $first: Int!, $after: String) {{
  timeblocks(locationId: $location, query: $query, first: $first, after: $after) {{ {_BLOCKS} }}
}}
"""

SHIFTS = """
query Shifts($location: ID!, $staff: [ID!]!, $start: Date!, $end: Date!) {
  shifts(locationId: $location, staffIds: $staff, start: $start, end: $end) {
    shifts { available clockIn clockOut locationId staffId }
  }
}
"""

BOOKING_CREATE = """
mutation BookingCreate($location: ID!, $client: ID!, $start: NaiveDateTime!) {
  bookingCreate(input: {locationId: $location, clientId: $client, startTime: $start}) {
    booking { id bookingClients { id clientId } errors { code message } }
    bookingWarnings { code message }
  }
}
"""

BOOKING_ADD_SERVICE = """
mutation BookingAddService($booking: ID!, $bookingClient: ID!, $service: ID!, $staff: ID!) {
  bookingAddService(
    input: {bookingId: $booking, bookingClientId: $bookingClient, serviceId: $service, staffId: $staff}
  ) { bookingService { id } bookingWarnings { code message } }
}
"""

BOOKING_COMPLETE = f"""
mutation BookingComplete($booking: ID!, $staff: ID!, $notify: Boolean!) {{
  bookingComplete(input: {{bookingId: $booking, bookWithStaffId: $staff, notifyClient: $notify}}) {{
    bookingAppointments {{ appointmentId clientId appointment {{ {_APPOINTMENT} }} }}
  }}
}}
"""

ANNOTATE = """
mutation Annotate($id: ID!, $notes: String!) {
  updateAppointment(input: {id: $id, notes: $notes}) { appointment { id } }
}
"""

CONFIRM = """
mutation Confirm($id: ID!) {
  updateAppointment(input: {id: $id, state: CONFIRMED}) { appointment { id state } }
}
"""


def cancel(reason: str) -> str:
    """The mutation that cancels; the reason is an enum value, so it stands in the document."""
    return f"""
mutation Cancel($id: ID!, $notify: Boolean!) {{
  cancelAppointment(input: {{id: $id, reason: {reason}, notifyClient: $notify}}) {{
    appointment {{ id state cancelled }}
  }}
}}
"""


def starting_between(start: datetime, end: datetime) -> str:
    """The filter for live entries that start in a half-open range. There is none on the end of an entry."""
    return f"startAt >= '{_instant(start)}' AND startAt < '{_instant(end)}' AND cancelled = false"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
