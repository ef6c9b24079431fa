"""What each operation does: reads, and subscriptions to webhooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from fastapi.responses import JSONResponse

from sandboxes.common.openapi import Call
from sandboxes.common.rest import Handler
from sandboxes.common.sandbox import RefusedError
from sandboxes.jane.errors import say
from sandboxes.jane.lists import BadList, Facts, Listing
from sandboxes.jane.sandbox import JaneSandbox
from sandboxes.jane.views import View, changed_at
from sandboxes.jane.webhooks import TOPICS, Subscription
from sandboxes.practice.errors import Refused
from sandboxes.practice.records import Appointment, Client, Service

Answer = tuple[int, Any]
RowT = TypeVar("RowT")


class Operations:
    """The handlers by operation id."""

    def __init__(self, sandbox: JaneSandbox) -> None:
        self.sandbox = sandbox
        self.store = sandbox.store
        self.views = sandbox.views
        self.config = sandbox.config

    def handlers(self) -> Mapping[str, Handler]:
        store, views = self.store, self.views
        by_id: dict[str, Handler] = {
            "getCompany": lambda call: (200, views.company()),
            "getLocations": lambda call: self._list(call, list(store.locations.values()), self._dated, views.location),
            "getLocation": lambda call: (200, views.location(store.location(call.path["location_id"]))),
            "listStaffMembersVersioned": lambda call: self._list(
                call, list(store.staff.values()), self._dated, views.staff_member
            ),
            "getAStaffMember": lambda call: (200, views.staff_member(store.staff_member(call.path["staff_member_id"]))),
            "listTreatmentsVersioned": lambda call: self._list(
                call, list(store.services.values()), self._treatment_facts, views.treatment
            ),
            "getTreatment": lambda call: (200, views.treatment(store.service(call.path["id"]))),
            "listDisciplinesVersioned": lambda call: self._list(
                call, views.disciplines(), lambda row: self._known_since(row["id"]), lambda row: row
            ),
            "getDiscipline": self.discipline,
            "listAppointmentsVersioned": lambda call: self._list(
                call, list(store.appointments.values()), self._appointment_facts, views.appointment
            ),
            "getAnAppointment": lambda call: (200, views.appointment(store.appointment(call.path["appointment_id"]))),
            "getPatients": lambda call: self._list(
                call, list(store.clients.values()), self._patient_facts, views.patient
            ),
            "getPatient": lambda call: (200, views.patient(store.client(call.path["patient_id"]))),
            "searchPatients": self.search_patients,
            "getWebhooks": self.webhooks,
            "getWebhook": self.webhook,
            "postWebhooks": self.subscribe,
            "deleteWebhook": self.unsubscribe,
        }
        return {operation: _in_their_words(handler) for operation, handler in by_id.items()}

    def discipline(self, call: Call) -> Answer:
        wanted = call.path["discipline_id"]
        for row in self.views.disciplines():
            if row["id"] == wanted:
                return 200, row
        raise Refused(f"Discipline {wanted} was not found", code="NOT_FOUND")

    def search_patients(self, call: Call) -> Answer:
        words = call.body["search"].get("co", "").casefold()
        found = [
            client
            for client in self.store.clients.values()
            if words in " ".join(filter(None, (client.name, client.email, client.mobile_phone))).casefold()
        ]
        page = call.body.get("page", {})
        query = {"page[limit]": page.get("limit"), "page[cursor]": page.get("cursor"), "sort": call.body.get("sort")}
        return self._paged(query, found, self._patient_facts, self.views.patient)

    # Webhooks

    def webhooks(self, call: Call) -> Answer:
        return 200, [each.view(self.config.clinic_guid) for each in self.sandbox.webhooks.subscriptions.values()]

    def webhook(self, call: Call) -> Answer:
        return 200, self._subscription(call).view(self.config.clinic_guid)

    def subscribe(self, call: Call) -> Answer:
        """One subscription a topic; the secret is shown this once."""
        topic, url = call.body["event_topic"], call.body["target_url"]
        if topic not in TOPICS:
            raise RefusedError(say(call.operation, 422, [f"event_topic {topic} is not included in the list"]))
        if not url.startswith("https://") and (self.config.https_only or not url.startswith("http://")):
            raise RefusedError(say(call.operation, 422, ["target_url must be a HTTPS URL"]))
        there = self.sandbox.webhooks.of_topic(topic)
        if there is not None:
            problem = {
                "id": "DUPLICATE_RECORD",
                "message": "A subscription to this topic exists already",
                "details": there.view(self.config.clinic_guid),
            }
            raise RefusedError(JSONResponse({"errors": [problem]}, status_code=409))
        made = self.sandbox.webhooks.subscribe(topic, url)
        self.sandbox.ledger.add("subscribed", webhook=made.id, topic=topic, url=url)
        return 201, {**made.view(self.config.clinic_guid), "secret": made.secret}

    def unsubscribe(self, call: Call) -> Answer:
        del self.sandbox.webhooks.subscriptions[self._subscription(call).id]
        return 204, None

    def _subscription(self, call: Call) -> Subscription:
        found = self.sandbox.webhooks.subscriptions.get(call.path["webhook_id"])
        if found is None:
            raise Refused(f"Webhook {call.path['webhook_id']} was not found", code="NOT_FOUND")
        return found

    # Lists

    def _list(
        self, call: Call, rows: Sequence[RowT], facts: Callable[[RowT], Facts], view: Callable[[RowT], View]
    ) -> Answer:
        return self._paged(call.query, rows, facts, view)

    def _paged(
        self,
        query: Mapping[str, Any],
        rows: Sequence[RowT],
        facts: Callable[[RowT], Facts],
        view: Callable[[RowT], View],
    ) -> Answer:
        limit = query.get("page[limit]") or self.config.default_page_size
        if not 1 <= limit <= self.config.max_page_size:
            raise BadList(f"page[limit] must be between 1 and {self.config.max_page_size}")
        shown, cursor = Listing(rows, facts).page(query, limit=limit)
        return 200, {
            "items": [view(row) for row in shown],
            "limit": limit,
            "cursor": cursor,
            "hasNextPage": cursor is not None,
            "links": {"after": cursor},
        }

    def _known_since(self, record_id: str) -> Facts:
        """What a record can be asked for of which the practice keeps no time: it has been there for good."""
        began = self.sandbox.began
        return {"public_id": record_id, "created_at": began, "updated_at": began}

    def _dated(self, row: Any) -> Facts:
        return self._known_since(row.id)

    def _treatment_facts(self, service: Service) -> Facts:
        everybody = self.store.staff.values()
        gives = [each.id for each in everybody if each.service_ids is None or service.id in each.service_ids]
        return {**self._known_since(service.id), "staff_member_ids": frozenset(gives)}

    def _patient_facts(self, client: Client) -> Facts:
        return {"public_id": client.id, "created_at": client.created_at, "updated_at": client.updated_at}

    def _appointment_facts(self, visit: Appointment) -> Facts:
        [segment] = visit.segments
        start, end = visit.range_of(segment)
        return {
            "public_id": visit.id,
            "start_at": start,
            "end_at": end,
            "patient_id": visit.client_id,
            "staff_member_id": segment.staff_id,
            "location_id": visit.location_id,
            "treatment_id": segment.service_id,
            "created_at": visit.created_at,
            "updated_at": changed_at(visit),
        }


def _in_their_words(handler: Handler) -> Handler:
    """The handler, with what the practice refuses told in the operation's form."""

    def handle(call: Call) -> Answer:
        try:
            return handler(call)
        except BadList as wrong:
            raise RefusedError(say(call.operation, 400, [str(wrong)])) from wrong
        except Refused as refused:
            status = 404 if refused.code == "NOT_FOUND" else 400
            raise RefusedError(say(call.operation, status, [refused.message])) from refused

    return handle
