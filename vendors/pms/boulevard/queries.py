"""The GraphQL documents sent to Boulevard, and its small filter language.

Only fields that Boulevard's documentation or several working clients show are asked for; `docs/boulevard.md` says for
each what it rests on. What no live client has confirmed is left out of the `…_SURE` form of a document. Inputs are
spelt out field by field with plain scalars as variables: the names of most input types are not published, their fields
are.
"""

from __future__ import annotations

from datetime import UTC, datetime

from vendors.pms.boulevard.ids import urn

_PAGE = "pageInfo { hasNextPage endCursor }"
_SURE_APPOINTMENT = """
  id startAt endAt duration state cancelled createdAt clientId locationId
  appointmentServices { id startAt endAt duration totalDuration serviceId staffId }
"""
_APPOINTMENT = _SURE_APPOINTMENT.replace("staffId }", "staffId price }") + "  cancellation { reason }\n"


def _appointment(fields: str) -> str:
    return f"query Appointment($id: ID!) {{ appointment(id: $id) {{ {fields} }} }}"


def _appointments(fields: str) -> str:
    return f"""
query Appointments($location: ID!, $query: QueryString, $first: Int!, $after: String) {{
  appointments(locationId: $location, query: $query, first: $first, after: $after) {{
    edges {{ node {{ {fields} }} }} {_PAGE}
  }}
}}
"""


def _client_appointments(fields: str) -> str:
    return f"""
query ClientAppointments($location: ID!, $client: ID!, $query: QueryString, $first: Int!, $after: String) {{
  appointments(locationId: $location, clientId: $client, query: $query, first: $first, after: $after) {{
    edges {{ node {{ {fields} }} }} {_PAGE}
  }}
}}
"""


APPOINTMENT, APPOINTMENT_SURE = _appointment(_APPOINTMENT), _appointment(_SURE_APPOINTMENT)
APPOINTMENTS, APPOINTMENTS_SURE = _appointments(_APPOINTMENT), _appointments(_SURE_APPOINTMENT)
CLIENT_APPOINTMENTS = _client_appointments(_APPOINTMENT)
CLIENT_APPOINTMENTS_SURE = _client_appointments(_SURE_APPOINTMENT)

CLIENT = "query Client($id: ID!) { client(id: $id) { id firstName lastName email mobilePhone } }"

#: Asked apart: no live client has confirmed it as part of a client, and a refusal must not cost the client.
CLIENT_MARKETING = """
query ClientMarketing($id: ID!) { client(id: $id) { id marketingSettings { email push sms type } } }
"""

LOCATIONS = f"""
query Locations($first: Int!, $after: String) {{
  locations(first: $first, after: $after) {{ edges {{ node {{ id name tz }} }} {_PAGE} }}
}}
"""

STAFF = f"""
query Staff($first: Int!, $after: String) {{
  staff(first: $first, after: $after) {{ edges {{ node {{ id firstName lastName name displayName }} }} {_PAGE} }}
}}
"""

SERVICES = f"""
query Services($first: Int!, $after: String) {{
  services(first: $first, after: $after) {{ edges {{ node {{ id name defaultDuration addon }} }} {_PAGE} }}
}}
"""

#: By mailbox; by phone there is no filter, so that the whole list has to be gone through.
CLIENTS = f"""
query Clients($first: Int!, $after: String, $emails: [String!]) {{
  clients(first: $first, after: $after, emails: $emails) {{
    edges {{ node {{ id firstName lastName email mobilePhone }} }} {_PAGE}
  }}
}}
"""

TIMEBLOCKS = f"""
query Timeblocks($location: ID!, $query: QueryString, $first: Int!, $after: String) {{
  timeblocks(locationId: $location, query: $query, first: $first, after: $after) {{
    edges {{ node {{ id cancelled startAt endAt duration staffId }} }} {_PAGE}
  }}
}}
"""

SHIFTS = """
query Shifts($location: ID!, $staff: [ID!]!, $start: Date!, $end: Date!) {
  shifts(locationId: $location, staffIds: $staff, startIso8601: $start, endIso8601: $end) {
    shifts { available clockIn clockOut day recurrenceStart recurrenceEnd recurrenceInterval staffId }
  }
}
"""


def _booking_create(more: str) -> str:
    return f"""
mutation BookingCreate($location: ID!, $client: ID!, $start: NaiveDateTime!) {{
  bookingCreate(input: {{locationId: $location, clientId: $client, startTime: $start}}) {{
    booking {{ id bookingClients {{ id clientId }} {more} }}
    bookingWarnings {{ code message }}
  }}
}}
"""


BOOKING_CREATE, BOOKING_CREATE_SURE = _booking_create("errors { code message }"), _booking_create("")

BOOKING_ADD_SERVICE = """
mutation BookingAddService($booking: ID!, $bookingClient: ID!, $service: ID!, $staff: ID!) {
  bookingAddService(
    input: {bookingId: $booking, bookingClientId: $bookingClient, serviceId: $service, staffId: $staff}
  ) { bookingService { id } bookingWarnings { code message } }
}
"""

#: Boulevard keeps whatever part of a length is left out, so all of them are said.
BOOKING_SERVICE_SET_DURATIONS = """
mutation BookingServiceSetDurations($booking: ID!, $bookingService: ID!, $minutes: Int!, $cleanUp: Int!) {
  bookingServiceSetDurations(
    input: {
      bookingId: $booking, bookingServiceId: $bookingService, duration: $minutes, postStaffDuration: $cleanUp,
      finishDuration: 0, postClientDuration: 0
    }
  ) { booking { id } bookingWarnings { code message } }
}
"""

BOOKING_COMPLETE = """
mutation BookingComplete($booking: ID!, $staff: ID!, $notify: Boolean!) {
  bookingComplete(input: {bookingId: $booking, bookWithStaffId: $staff, notifyClient: $notify}) {
    bookingAppointments { appointmentId clientId } bookingWarnings { code message }
  }
}
"""


def _annotate(fields: str) -> str:
    return f"""
mutation Annotate($id: ID!, $notes: String!) {{
  updateAppointment(input: {{id: $id, notes: $notes}}) {{ appointment {{ {fields} }} }}
}}
"""


#: Its answer is the visit as it then stands, so that it need not be read once more.
ANNOTATE, ANNOTATE_SURE = _annotate(_APPOINTMENT), _annotate("id")

CONFIRM = """
mutation Confirm($id: ID!) {
  updateAppointment(input: {id: $id, state: CONFIRMED}) { appointment { id state } }
}
"""


#: A mutation that changes nothing. Its times are opaque: none can be built by hand.
RESCHEDULE_TIMES = """
mutation RescheduleTimes($id: ID!, $date: Date!, $zone: Tz!) {
  appointmentRescheduleAvailableTimes(input: {appointmentId: $id, date: $date, tz: $zone}) {
    availableTimes { bookableTimeId startTime }
  }
}
"""


def _reschedule(fields: str) -> str:
    return f"""
mutation Reschedule($id: ID!, $time: ID!, $notify: Boolean!) {{
  appointmentReschedule(input: {{appointmentId: $id, bookableTimeId: $time, sendNotification: $notify}}) {{
    appointment {{ {fields} }}
  }}
}}
"""


RESCHEDULE, RESCHEDULE_SURE = _reschedule(_APPOINTMENT), _reschedule(_SURE_APPOINTMENT)

CREATE_TIMEBLOCK = """
mutation CreateTimeblock(
  $location: ID!, $staff: ID!, $start: NaiveDateTime!, $minutes: Int!, $title: String!
) {
  createTimeblock(
    input: {locationId: $location, staffId: $staff, startTime: $start, duration: $minutes, title: $title}
  ) { timeblock { id } }
}
"""

CREATE_CLIENT = """
mutation CreateClient($first: String!, $last: String!, $email: String, $phone: PhoneNumber) {
  createClient(input: {firstName: $first, lastName: $last, email: $email, mobilePhone: $phone}) { client { id } }
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
    """The filter for live visits that start in a half-open range. There is none on the end of an entry."""
    return f"{_starts(start, end)} AND cancelled = false"


def blocks_between(start: datetime, end: datetime, *, staff: str | None = None) -> str:
    """The filter for timeblocks that start in a half-open range, of everybody or of one. Cancelled ones come too."""
    return _starts(start, end) if staff is None else f"staffId = '{urn('Staff', staff)}' AND {_starts(start, end)}"


def _starts(start: datetime, end: datetime) -> str:
    return f"startAt >= '{_instant(start)}' AND startAt < '{_instant(end)}'"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
