"""The simulated account's data and the rules by which it changes.

Nothing runs in the background. Later effects (a delivery, an automatic reply, a late commit) are
scheduled with a time, and `run_due` applies them at the next access.
"""

import heapq
import random
import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from quo_mcp.sandbox.error_responses import not_a_member, not_found
from quo_mcp.sandbox.http import Json, format_time

DONE_SNOOZE = timedelta(days=36525)  # Quo shows a done conversation as snoozed for a century


@dataclass(frozen=True)
class AutoReply:
    """A person's replies to messages: each comes after `delay` seconds; the last text repeats."""

    delay: float
    texts: tuple[str, ...]


class SandboxState:
    """Quo's JSON objects by id. Recordings, voicemails, summaries and transcripts are by call id.

    Attributes:
        visible_from: per message id, the time from which lists include the message.
        opted_out, unreachable: the numbers to which no message is delivered.
        forbidden_inboxes: the ids of the numbers whose messages and calls the key may not read.
        auto_replies: per number, how its owner replies.
    """

    def __init__(self, seed: int, now: Callable[[], datetime]) -> None:
        self.now = now
        self.rng = random.Random(seed)  # noqa: S311 - simulated data, no secret
        self.organization_id = ""
        self.users: dict[str, Json] = {}
        self.numbers: dict[str, Json] = {}
        self.contacts: dict[str, Json] = {}
        self.custom_fields: list[Json] = []
        self.conversations: dict[str, Json] = {}
        self.messages: dict[str, Json] = {}
        self.calls: dict[str, Json] = {}
        self.recordings: dict[str, list[Json]] = {}
        self.voicemails: dict[str, Json] = {}
        self.summaries: dict[str, Json] = {}
        self.transcripts: dict[str, Json] = {}
        self.tasks: dict[str, Json] = {}
        self.webhooks: dict[str, Json] = {}
        self.connections: dict[str, Json] = {}
        self.ledger: list[Json] = []
        self.auto_replies: dict[str, AutoReply] = {}
        self.opted_out: set[str] = set()
        self.unreachable: set[str] = set()
        self.forbidden_inboxes: set[str] = set()
        self.visible_from: dict[str, str] = {}
        self.auto_reply_enabled = True
        self.open_task_limit = 100
        self.has_summaries = True
        self._conversation_ids: dict[tuple[str, frozenset[str]], str] = {}
        self._scheduled: list[tuple[datetime, int, Callable[[datetime], object]]] = []
        self._sequence = count()  # keeps actions with equal times in order

    # ids

    def new_id(self, prefix: str, length: int = 32) -> str:
        return prefix + "".join(self.rng.choices("0123456789abcdef", k=length))

    def new_short_id(self, prefix: str) -> str:
        return prefix + "".join(self.rng.choices(string.ascii_letters + string.digits, k=10))

    # time

    def schedule(self, at: datetime, action: Callable[[datetime], object]) -> None:
        """Run `action` with the time `at` once that time has come."""
        heapq.heappush(self._scheduled, (at, next(self._sequence), action))

    def run_due(self) -> None:
        """Run every scheduled action whose time has come."""
        while self._scheduled and self._scheduled[0][0] <= self.now():
            at, _, action = heapq.heappop(self._scheduled)
            action(at)

    # numbers and users

    def find_number(self, id_or_number: str, resource: str) -> Json:
        """Return the phone number with this id or E.164 value.

        Raises RejectedRequest (404); `resource` is the first two digits of its error code.
        """
        for number in self.numbers.values():
            if id_or_number in (number["id"], number["number"]):
                return number
        raise not_found(resource, "Phone number")

    def require_member(self, number: Json, user_id: str | None, error_code: str) -> None:
        """Raise RejectedRequest (403) if the user is not a user of the number."""
        if user_id is not None and user_id not in {member["id"] for member in number["users"]}:
            raise not_a_member(error_code)

    def require_readable(self, number: Json, error_code: str) -> None:
        """Raise RejectedRequest (403) if the key may not read the messages and calls of the number."""
        if number["id"] in self.forbidden_inboxes:
            raise not_a_member(error_code)

    @property
    def owner_id(self) -> str:
        return next(user_id for user_id, user in self.users.items() if user["role"] == "owner")

    def default_user(self, number: Json) -> str:
        """Return the id of the number's first user, to whom activity without a user is attributed."""
        return str(number["users"][0]["id"])

    # conversations

    def find_conversation(self, number_id: str, participants: Iterable[str]) -> Json | None:
        conversation_id = self._conversation_ids.get((number_id, frozenset(participants)))
        return self.conversations[conversation_id] if conversation_id else None

    def ensure_conversation(self, number_id: str, participants: list[str], at: datetime) -> Json:
        """Return the number's conversation with these participants; create it if there is none."""
        existing = self.find_conversation(number_id, participants)
        if existing is not None:
            return existing
        conversation: Json = {
            "id": self.new_id("CN"),
            "phoneNumberId": number_id,
            "participants": participants,
            "name": None,
            "assignedTo": None,
            "lastActivityAt": format_time(at),
            "lastActivityId": None,
            "mutedUntil": None,
            "snoozedUntil": None,
            "createdAt": format_time(at),
            "updatedAt": format_time(at),
            "deletedAt": None,
        }
        self.conversations[conversation["id"]] = conversation
        self._conversation_ids[number_id, frozenset(participants)] = conversation["id"]
        return conversation

    def record_activity(
        self, conversation: Json, activity_id: str, at: datetime, *, incoming: bool
    ) -> None:
        """Update a conversation for a message or call; an incoming one reopens it.

        An activity older than the latest one leaves the latest one in place. `updatedAt` moves in any case.
        """
        time = format_time(at)
        conversation["createdAt"] = min(conversation["createdAt"], time)
        if conversation["lastActivityId"] is None or time >= conversation["lastActivityAt"]:
            conversation.update(lastActivityAt=time, lastActivityId=activity_id, updatedAt=time)
            if incoming:
                conversation["snoozedUntil"] = None
        else:
            updated_at = datetime.fromisoformat(conversation["updatedAt"])
            conversation["updatedAt"] = format_time(updated_at + timedelta(milliseconds=1))

    def mark_done(self, conversation: Json, at: datetime, until: datetime | None = None) -> None:
        """Mark a conversation as done, or snooze it until the given time."""
        snoozed_until = format_time(until or at + DONE_SNOOZE)
        conversation.update(snoozedUntil=snoozed_until, updatedAt=format_time(at))

    # messages

    def add_message(
        self,
        number: Json,
        people: list[str],
        text: str,
        at: datetime,
        *,
        sender: str | None = None,
        user_id: str | None = None,
        status: str | None = None,
        media: list[Json] | None = None,
    ) -> Json:
        """Add a message to the number's conversation with `people`.

        With a `sender`, who is one of `people`, the message is incoming. Otherwise it is outgoing
        to all of them.
        """
        conversation = self.ensure_conversation(number["id"], people, at)
        others = [person for person in people if person != sender]
        message: Json = {
            "id": self.new_id("AC"),
            "to": [number["number"], *others] if sender else people,
            "from": sender or number["number"],
            "text": text,
            "phoneNumberId": number["id"],
            "conversationId": conversation["id"],
            "direction": "incoming" if sender else "outgoing",
            "userId": user_id or self.default_user(number),
            "status": status or ("received" if sender else "delivered"),
            "createdAt": format_time(at),
            "updatedAt": format_time(at),
        }
        if media:
            message["media"] = media
        self.messages[message["id"]] = message
        self.record_activity(conversation, message["id"], at, incoming=sender is not None)
        if sender and len(people) == 1:
            self._apply_opt_out_keyword(sender, text)
        return message

    def _apply_opt_out_keyword(self, person: str, text: str) -> None:
        """Apply the carriers' keywords: STOP blocks messages to the person, START allows them."""
        keyword = text.strip().upper()
        if keyword in {"STOP", "UNSUBSCRIBE", "STOPALL"}:
            self.opted_out.add(person)
        elif keyword in {"START", "UNSTOP"}:
            self.opted_out.discard(person)

    # calls

    def add_call(self, number: Json, person: str, at: datetime, **fields: Any) -> Json:
        """Add a call. `fields` override those of an unanswered incoming call; their names are Quo's."""
        incoming = fields.get("direction", "incoming") == "incoming"
        call: Json = {
            "id": self.new_id("AC"),
            "phoneNumberId": number["id"],
            "userId": self.default_user(number),
            "participants": [person, number["number"]] if incoming else [number["number"], person],
            "direction": "incoming",
            "status": "completed",
            "duration": 0,
            "createdAt": format_time(at),
            "answeredAt": None,
            "completedAt": None,
            "updatedAt": None,
            "answeredBy": None,
            "initiatedBy": None,
            "callRoute": "phone-number",
            "forwardedFrom": None,
            "forwardedTo": None,
            "aiHandled": None,
        } | fields
        call["updatedAt"] = call["completedAt"] or call["createdAt"]
        self.calls[call["id"]] = call
        conversation = self.ensure_conversation(number["id"], [person], at)
        self.record_activity(conversation, call["id"], at, incoming=incoming)
        return call
