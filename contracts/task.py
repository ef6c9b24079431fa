"""What `Task` and `Reply` ask of the world."""

from __future__ import annotations

from datetime import datetime, timedelta

from contracts.activity_call import Call, Done, Payload


class TaskOrder(Payload):
    """Which task, and with an answer to it: whether that can be carried out now."""

    practice_id: int
    task_id: int
    action: str = ""
    client_id: int | None = None
    by: str = "nobody"
    reason: str = ""
    #: It was pressed in the staff chat, where others read what is answered.
    in_chat: bool = False
    #: With "assign": what the client is booked for.
    service_ids: tuple[int, ...] = ()
    #: With the action "send": what the client is to get instead of the draft.
    text: str | None = None


class TaskFacts(Payload):
    kind: str
    title: str
    state: str
    due_at: datetime
    remind_at: datetime | None = None
    #: Staff get its card then: it may take care of itself before. None: at once.
    post_at: datetime | None = None
    safe_default: str = ""
    actions: tuple[str, ...] = ()
    #: A client waits for a person: past `due_at` the task goes on, and is brought up again after so long (practice
    #: time), then after twice as long, and so on. None: the safe default holds.
    alert_again_after: timedelta | None = None
    #: Of an answer: why it cannot be carried out, by type and in words; or what is true once it is taken.
    refused_as: str = ""
    refused: str = ""
    says: str = ""
    #: Of a task that has its answer: more is still to come of it.
    under_way: bool = False


READ_TASK = Call("read_task", TaskOrder, TaskFacts)


class PostTask(Payload):
    """Put the card before staff, or redraw it. `reminder` counts how often they were reminded."""

    practice_id: int
    task_id: int
    reminder: int = 0
    #: Past its deadline: how often it was brought up again, before whoever the practice names for that.
    alert: int = 0


POST_TASK = Call("post_task", PostTask, Done)


class SettleTask(Payload):
    """Write the answer, once, and send it back to the journey that asked."""

    practice_id: int
    task_id: int
    action: str
    by: str
    reason: str = ""
    client_id: int | None = None
    defaulted: bool = False
    #: With "assign": what the client is booked for.
    service_ids: tuple[int, ...] = ()
    #: With the action "send": the draft as staff changed it; None sends it as it is.
    text: str | None = None


SETTLE_TASK = Call("settle_task", SettleTask, Done)


class SendDraft(Payload):
    """Send the settled task's text to its client, and write on the task what became of it."""

    practice_id: int
    task_id: int
    #: It could not be sent in time: nothing is sent any more, and the task says so.
    given_up: bool = False


class DraftSent(Payload):
    #: "sent", "held", "suppressed: …"; no names.
    outcome: str = ""
    #: Quiet hours, or another reason to wait; ask again then (practice time).
    held_until: datetime | None = None


SEND_DRAFT = Call("send_draft", SendDraft, DraftSent)


class AnswerReply(Payload):
    """Answer a text that no journey owns, or open a Task about it; or tell a presser why their press did nothing."""

    practice_id: int
    receipt_id: int
    #: Our answer could not be sent in time: nothing is sent any more, a person gets the text.
    by_person: bool = False


class ReplyAnswered(Payload):
    outcome: str = ""
    #: Quiet hours, where the practice lets them hold for answers, too; ask again then (practice time).
    held_until: datetime | None = None


ANSWER_REPLY = Call("answer_reply", AnswerReply, ReplyAnswered)
