"""What each operation does. Answers hold all that is known; the vendor's document says what of it is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandboxes.common.openapi import Call
from sandboxes.common.rest import Handler
from sandboxes.common.sandbox import RefusedError
from sandboxes.gohighlevel.availability import Availability
from sandboxes.gohighlevel.sandbox import GoHighLevelSandbox, error
from sandboxes.gohighlevel.schedules import rules_of
from sandboxes.gohighlevel.views import API_SOURCE, CHANNELS, reason_of, stamp
from sandboxes.practice.calendar import API
from sandboxes.practice.errors import Refused
from sandboxes.practice.records import Appointment, Client, Location, Service, Staff
from sandboxes.practice.visit_scheduling import Wanted

Answer = tuple[int, Any]

_LONGEST_SEARCH = timedelta(days=31)
_STATES = {"new": "BOOKED", "confirmed": "CONFIRMED"}
_CLIENT_FIELDS = {"firstName": "first_name", "lastName": "last_name", "email": "email", "phone": "mobile_phone"}
_TAKEN = "The slot you have selected is no longer available."


class Operations:
    """The handlers by operation id."""

    def __init__(self, sandbox: GoHighLevelSandbox, location_id: str | None) -> None:
        self._location_id = location_id
        self.sandbox = sandbox
        self.store = sandbox.store
        self.calendar = sandbox.calendar
        self.views = sandbox.views
        self.config = sandbox.config
        self.availability = Availability(self.store, timedelta(minutes=self.config.slot_interval_minutes))

    def handlers(self) -> Mapping[str, Handler]:
        by_id: dict[str, Handler] = {
            "get-access-token": self.token,
            "get-location": self.location,
            "search-locations": self.locations,
            "get-user-by-location": self.users,
            "get-calendars": self.calendars,
            "get-calendar": self.one_calendar,
            "get-slots": self.free_slots,
            "getAllSchedules": self.schedules,
            "get-calendar-events": self.events,
            "get-appointment": self.appointment,
            "create-appointment": self.create_appointment,
            "edit-appointment": self.edit_appointment,
            "delete-event": self.delete_event,
            "get-blocked-slots": self.blocked_slots,
            "create-block-slot": self.create_block,
            "edit-block-slot": self.edit_block,
            "get-contact": self.contact,
            "get-contacts": self.contacts,
            "create-contact": self.create_contact,
            "update-contact": self.update_contact,
            "upsert-contact": self.upsert_contact,
            "get-duplicate-contact": self.duplicate_contact,
            "get-appointments-for-contact": self.contact_appointments,
        }
        return {operation: self._in_our_words(handler) for operation, handler in by_id.items()}

    def _in_our_words(self, handler: Handler) -> Handler:
        """The handler, with what the practice refuses told as the vendor does."""

        def handle(call: Call) -> Answer:
            try:
                return handler(call)
            except Refused as refused:
                status = self.config.not_found_status if refused.code == "NOT_FOUND" else 400
                raise _no(status, refused.message) from refused

        return handle

    # OAuth

    def token(self, call: Call) -> Answer:
        """A pair of tokens for a code or for a refresh token; a refresh token works once."""
        given = call.body
        if (given["client_id"], given["client_secret"]) != (self.config.client_id, self.config.client_secret):
            self.sandbox.ledger.add("auth_refused", reason="unknown client")
            raise _no(401, "Invalid client credentials!")
        match given["grant_type"]:
            case "authorization_code":
                made = self.sandbox.tokens.redeem(given.get("code", ""), self.config)
            case "refresh_token":
                made = self.sandbox.tokens.rotate(given.get("refresh_token", ""), self.config)
            case _:
                raise _no(400, "grant_type client_credentials is not served here")
        if made is None:
            self.sandbox.ledger.add("auth_refused", reason=f"{given['grant_type']} is unknown, used or too old")
            raise _no(400, "Invalid grant: the code or refresh token is invalid")
        access, refresh, grant = made
        self.sandbox.ledger.add("tokens_issued", grant=given["grant_type"], location=grant.location_id)
        return 200, {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": self.config.access_token_seconds,
            "refresh_token": refresh,
            "scope": " ".join(sorted(grant.scopes)),
            "userType": "Location",
            "locationId": grant.location_id,
            "companyId": self.config.company_id,
            "userId": next(iter(self.store.staff), ""),
        }

    # Locations, users, calendars

    def location(self, call: Call) -> Answer:
        return 200, {"location": self.views.location(self.store.location(call.path["locationId"]))}

    def locations(self, call: Call) -> Answer:
        skip, limit = int(call.query.get("skip", 0)), int(call.query.get("limit", 10))
        found = list(self.store.locations.values())[skip : skip + limit]
        return 200, {"locations": [self.views.location(each) for each in found]}

    def users(self, call: Call) -> Answer:
        self.store.location(call.query["locationId"])
        return 200, {"users": [self.views.user(each) for each in self.store.staff.values()]}

    def calendars(self, call: Call) -> Answer:
        location = self.store.location(call.query["locationId"])
        chosen = call.query.get("groupId") in (None, self.config.group_id)
        services = self.store.services.values() if chosen else ()
        return 200, {"calendars": [self.views.calendar(each, location) for each in services]}

    def one_calendar(self, call: Call) -> Answer:
        return 200, {"calendar": self.views.calendar(self._service(call.path["calendarId"]), self._here())}

    def free_slots(self, call: Call) -> Answer:
        service, location = self._service(call.path["calendarId"]), self._here()
        begins, ends = _instant_of_ms(call.query["startDate"]), _instant_of_ms(call.query["endDate"])
        if ends - begins > _LONGEST_SEARCH:
            raise _no(400, "Date range cannot be more than 31 days")
        try:
            zone = ZoneInfo(call.query.get("timezone") or location.tz)
        except (ZoneInfoNotFoundError, ValueError):
            raise _no(400, f"timezone {call.query['timezone']} is invalid") from None
        wanted = {*call.query.get("userIds", ()), *filter(None, [call.query.get("userId")])}
        members = [each for each in self.views.members(service) if not wanted or each.id in wanted]
        days: dict[str, list[str]] = defaultdict(list)
        for start in self.availability.starts(service, location, members, begins, ends):
            local = start.astimezone(zone)
            days[local.date().isoformat()].append(local.isoformat())
        return 200, {day: {"slots": slots} for day, slots in days.items()}

    def schedules(self, call: Call) -> Answer:
        """One for a user who has hours; it holds for all calendars they are on."""
        location = self.store.location(call.query["locationId"])
        staff = self._user(call.query["userId"])
        theirs = [each.id for each in self.store.services.values() if staff in self.views.members(each)]
        rules = rules_of(self.store, staff, location, location.wall(self.sandbox.practice_now()).date())
        wanted = call.query.get("calendarId")
        if not rules or wanted not in (None, *theirs):
            return 200, {"schedules": []}
        began = stamp(self.sandbox.began)
        return 200, {
            "schedules": [
                {
                    "id": f"schedule-{staff.id}",
                    "name": f"Hours of {staff.name}",
                    "locationId": location.id,
                    "rules": rules,
                    "timezone": location.tz,
                    "dateAdded": began,
                    "dateUpdated": began,
                    "userId": staff.id,
                    "calendarIds": theirs,
                    "deleted": False,
                }
            ]
        }

    # Appointments

    def events(self, call: Call) -> Answer:
        """Those of one user, calendar or group that start in the window; there is no paging."""
        begins, ends = self._window(call)
        found = [
            visit
            for visit in sorted(self.store.appointments.values(), key=lambda visit: (visit.start_at, visit.id))
            if visit.location_id == call.query["locationId"]
            and not visit.deleted
            and begins <= visit.start_at < ends
            and call.query.get("userId") in (None, visit.segments[0].staff_id)
            and call.query.get("calendarId") in (None, visit.segments[0].service_id)
            and call.query.get("groupId") in (None, self.config.group_id)
        ]
        return 200, {"events": [self.views.event(visit) for visit in found]}

    def appointment(self, call: Call) -> Answer:
        return 200, {"event": self.views.event(self._visit(call.path["eventId"]))}

    def create_appointment(self, call: Call) -> Answer:
        given = call.body
        location = self.store.location(given["locationId"])
        service = self._service(given["calendarId"])
        client = self._client(given["contactId"])
        if given.get("rrule"):
            raise _no(400, "recurring appointments are not served here")
        start = _instant(given["startTime"], "startTime")
        minutes = service.default_duration
        if "endTime" in given:
            minutes = _minutes(start, _instant(given["endTime"], "endTime"))
        staff = self._assigned(given, service, location, start, minutes)
        if not given.get("ignoreFreeSlotValidation"):
            self._must_be_free(service, staff, location, start, minutes)
        status = given.get("appointmentStatus") or ("confirmed" if self.config.auto_confirm else "new")
        with self.sandbox.webhooks.together():
            visit = self.calendar.book(
                API,
                location=location,
                client=client,
                start_at=start,
                wanted=[Wanted(service=service, staff=staff, duration=minutes)],
                booked_by_type=API_SOURCE,
                state=_STATES.get(status, "BOOKED"),
            )
            visit.custom_fields = _words(given)
            if status not in _STATES:
                self._set_status(visit, status)
        return 200, self.views.event(visit)

    def edit_appointment(self, call: Call) -> Answer:
        given = call.body
        visit = self._visit(call.path["eventId"])
        [segment] = visit.segments
        location = self.store.locations[visit.location_id]
        service = self._service(given["calendarId"]) if "calendarId" in given else None
        start = _instant(given["startTime"], "startTime") if "startTime" in given else visit.start_at
        minutes = segment.duration
        if "endTime" in given:
            minutes = _minutes(start, _instant(given["endTime"], "endTime"))
        staff = self._user(given["assignedUserId"]) if "assignedUserId" in given else None
        chosen = staff or self.store.staff[segment.staff_id]
        calendar = service or self.store.services[segment.service_id]
        moved = (start, minutes, chosen.id, calendar.id) != (
            visit.start_at,
            segment.duration,
            segment.staff_id,
            segment.service_id,
        )
        if moved and not given.get("ignoreFreeSlotValidation"):
            self._must_be_free(calendar, chosen, location, start, minutes, besides=visit.id)
        with self.sandbox.webhooks.together():
            if moved:
                self.calendar.move(API, visit, start_at=start, staff=staff, duration=minutes, service=service)
            words = {**(visit.custom_fields or {}), **_words(given)}
            if words != (visit.custom_fields or {}):
                self.calendar.update(API, visit, custom_fields=words)
            if "appointmentStatus" in given:
                self._set_status(visit, given["appointmentStatus"])
        return 200, self.views.event(visit)

    def delete_event(self, call: Call) -> Answer:
        event_id = call.path["eventId"]
        block = self.store.timeblocks.get(event_id)
        if block is not None and not block.cancelled:
            self.calendar.remove_timeblock(API, block)
        else:
            self.calendar.delete(API, self._visit(event_id))
        return 201, {"succeeded": True}

    # Blocks

    def blocked_slots(self, call: Call) -> Answer:
        begins, ends = self._window(call)
        people: set[str | None] = {None}
        if "calendarId" in call.query:
            people |= {each.id for each in self.views.members(self._service(call.query["calendarId"]))}
        elif "userId" in call.query:
            people.add(call.query["userId"])
        elif call.query.get("groupId") == self.config.group_id:
            people |= set(self.store.staff)
        found = [
            block
            for block in sorted(self.store.timeblocks.values(), key=lambda block: (block.start_at, block.id))
            if block.location_id == call.query["locationId"]
            and not block.cancelled
            and block.staff_id in people
            and block.start_at < ends
            and begins < block.end_at
        ]
        return 200, {"events": [self.views.block(each, self.sandbox.block_calendars.get(each.id)) for each in found]}

    def create_block(self, call: Call) -> Answer:
        """A block without a user takes everybody's time."""
        given = call.body
        location = self.store.location(given["locationId"])
        if self.config.block_by == "text" and ("calendarId" in given) == ("assignedUserId" in given):
            raise _no(400, "Either of calendarId or assignedUserId can be set, not both.")
        if "startTime" not in given or "endTime" not in given:
            raise _no(400, "startTime and endTime should not be empty")
        start = _instant(given["startTime"], "startTime")
        block = self.calendar.add_timeblock(
            API,
            location=location,
            staff=self._user(given["assignedUserId"]) if "assignedUserId" in given else None,
            start_at=start,
            duration=_minutes(start, _instant(given["endTime"], "endTime")),
            title=given.get("title"),
        )
        if "calendarId" in given:
            self.sandbox.block_calendars[block.id] = self._service(given["calendarId"]).id
        return 201, self.views.block(block, self.sandbox.block_calendars.get(block.id))

    def edit_block(self, call: Call) -> Answer:
        given = call.body
        block = self.store.timeblock(call.path["eventId"])
        start = _instant(given["startTime"], "startTime") if "startTime" in given else block.start_at
        end = _instant(given["endTime"], "endTime") if "endTime" in given else block.end_at
        present = self.store.staff.get(block.staff_id or "")
        self.calendar.change_timeblock(
            API,
            block,
            start_at=start,
            duration=_minutes(start, end),
            staff=self._user(given["assignedUserId"]) if "assignedUserId" in given else present,
            title=given.get("title", block.title),
        )
        return 201, self.views.block(block, self.sandbox.block_calendars.get(block.id))

    # Contacts

    def contact(self, call: Call) -> Answer:
        return 200, {"contact": self._shown(self._client(call.path["contactId"]))}

    def contacts(self, call: Call) -> Answer:
        """Newest first; `startAfter` and `startAfterId` are the last one's time and id."""
        limit = min(int(call.query.get("limit", 20)), 100)
        words = str(call.query.get("query", "")).casefold()
        rows = [
            client
            for client in reversed(self.store.clients.values())
            if words in " ".join(filter(None, (client.name, client.email, client.mobile_phone))).casefold()
        ]
        total = len(rows)
        if "startAfterId" in call.query:
            place = [client.id for client in rows].index(self._client(call.query["startAfterId"]).id)
            rows = rows[place + 1 :]
        return 200, {"contacts": [self._shown(client) for client in rows[:limit]], "count": total}

    def create_contact(self, call: Call) -> Answer:
        self.store.location(call.body["locationId"])
        if self._same(call.body) is not None and not self.config.allow_duplicate_contact:
            raise _no(400, "This location does not allow duplicated contacts.")
        return 201, {"contact": {**self._shown(self._enter(call.body)), "deleted": False}}

    def update_contact(self, call: Call) -> Answer:
        client = self._client(call.path["contactId"])
        self._change(client, call.body)
        return 200, {"succeded": True, "contact": self._shown(client)}

    def upsert_contact(self, call: Call) -> Answer:
        """By phone or e-mail; `tags` replaces the whole list."""
        self.store.location(call.body["locationId"])
        known = self._same(call.body)
        if call.body.get("createNewIfDuplicateAllowed") and self.config.allow_duplicate_contact:
            known = None
        if known is None:
            return 200, {"new": True, "contact": self._shown(self._enter(call.body)), "traceId": self.store.new_id()}
        self._change(known, call.body)
        return 200, {"new": False, "contact": self._shown(known), "traceId": self.store.new_id()}

    def duplicate_contact(self, call: Call) -> Answer:
        found = self._same({"phone": call.query.get("number"), "email": call.query.get("email")})
        return 200, {"contact": None if found is None else self._shown(found)}

    def contact_appointments(self, call: Call) -> Answer:
        client = self._client(call.path["contactId"])
        found = [
            each
            for each in self.store.appointments.values()
            if each.client_id == client.id and each.location_id == self._here().id and not each.deleted
        ]
        return 200, {"events": [self.views.event_of_contact(each) for each in found]}

    # What several need

    def _shown(self, client: Client) -> dict[str, Any]:
        return self.views.contact(client, self._here().id)

    def _same(self, given: Mapping[str, Any]) -> Client | None:
        phone, email = given.get("phone"), (given.get("email") or "").casefold()
        for client in self.store.clients.values():
            if (phone and client.mobile_phone == phone) or (email and (client.email or "").casefold() == email):
                return client
        return None

    def _enter(self, given: Mapping[str, Any]) -> Client:
        now = self.sandbox.practice_now()
        fields = _client_changes(given)
        client = Client(
            id=self.store.new_id(),
            first_name=fields.pop("first_name", "") or "",
            last_name=fields.pop("last_name", "") or "",
            created_at=now,
            updated_at=now,
            **fields,
        )
        self._set_dnd(client, given)
        return self.calendar.add_client(API, client)

    def _change(self, client: Client, given: Mapping[str, Any]) -> None:
        before = self.views.settings_of(client)
        self._set_dnd(client, given)
        changes = _client_changes(given)
        if changes:
            self.calendar.change_client(API, client, changes)
        if self.views.settings_of(client) != before:
            client.updated_at = self.sandbox.practice_now()
            self.sandbox.tell_contact("ContactDndUpdate", client.id)

    def _set_dnd(self, client: Client, given: Mapping[str, Any]) -> None:
        if "dnd" in given:
            status = "active" if given["dnd"] else "inactive"
            self.views.dnd[client.id] = {name: {"status": status} for name in CHANNELS}
        if "dndSettings" in given:
            self.views.dnd[client.id] = {**self.views.settings_of(client), **given["dndSettings"]}

    def _set_status(self, visit: Appointment, status: str) -> None:
        if status == self.views.status(visit):
            return
        reason = reason_of(status)
        if reason is not None:
            self.calendar.cancel(API, visit, reason=reason)
        elif status in _STATES:
            self.calendar.update(API, visit, state=_STATES[status])
        else:
            self.calendar.complete(API, visit)

    def _assigned(
        self, given: Mapping[str, Any], service: Service, location: Location, start: datetime, minutes: int
    ) -> Staff:
        members = self.views.members(service)
        if "assignedUserId" in given:
            staff = self._user(given["assignedUserId"])
            if staff not in members:
                raise _no(400, "The user id not part of calendar team.")
            return staff
        if not members:
            raise _no(400, "A team member needs to be selected.")
        end = start + timedelta(minutes=minutes + service.clean_up)
        free = [each for each in members if self.availability.is_free(each, location, start, end)]
        return (free or members)[0]

    def _must_be_free(
        self,
        service: Service,
        staff: Staff,
        location: Location,
        start: datetime,
        minutes: int,
        *,
        besides: str | None = None,
    ) -> None:
        end = start + timedelta(minutes=minutes + service.clean_up)
        free = self.availability.is_free(staff, location, start, end, besides=besides)
        if free and self.config.slots_on_grid:
            listed = self.availability.starts(service, location, [staff], start, start + timedelta(minutes=1))
            free = start in listed
        if not free:
            raise _no(400, _TAKEN)

    def _window(self, call: Call) -> tuple[datetime, datetime]:
        self.store.location(call.query["locationId"])
        if not {"userId", "calendarId", "groupId"} & call.query.keys():
            raise _no(400, "Either of userId, calendarId or groupId is required")
        return _instant_of_ms(call.query["startTime"]), _instant_of_ms(call.query["endTime"])

    def _here(self) -> Location:
        """The token's location; calls that name none are about it."""
        return self.store.location(self._location_id or "")

    def _service(self, calendar_id: str) -> Service:
        return self.store.service(calendar_id)

    def _user(self, user_id: str) -> Staff:
        return self.store.staff_member(user_id)

    def _client(self, contact_id: str) -> Client:
        return self.store.client(contact_id)

    def _visit(self, event_id: str) -> Appointment:
        visit = self.store.appointment(event_id)
        if visit.deleted or visit.location_id != self._here().id:
            raise Refused(f"Appointment {event_id} was not found", code="NOT_FOUND")
        return visit


def _no(status: int, message: str) -> RefusedError:
    return RefusedError(error(status, message))


def _words(given: Mapping[str, Any]) -> dict[str, Any]:
    """What a visit is called, where the practice itself keeps nothing of it."""
    return {name: given[name] for name in ("title", "address", "description", "meetingLocationType") if name in given}


def _client_changes(given: Mapping[str, Any]) -> dict[str, Any]:
    changes = {ours: given[theirs] for theirs, ours in _CLIENT_FIELDS.items() if theirs in given}
    if "name" in given and not {"first_name", "last_name"} & changes.keys():
        changes["first_name"], _, changes["last_name"] = (given["name"] or "").partition(" ")
    if "tags" in given:
        changes["tags"] = list(given["tags"])
    return changes


def _instant(text: str, name: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise _no(400, f"{name} must be a valid ISO 8601 date string") from None
    if instant.tzinfo is None:
        raise _no(400, f"{name} must carry an offset")
    return instant.astimezone(UTC)


def _instant_of_ms(given: str | float) -> datetime:
    try:
        return datetime.fromtimestamp(float(given) / 1000, UTC)
    except (ValueError, OverflowError):
        raise _no(400, f"{given} is not a time in milliseconds") from None


def _minutes(start: datetime, end: datetime) -> int:
    if end <= start:
        raise _no(400, "endTime must be after startTime")
    return round((end - start) / timedelta(minutes=1))
