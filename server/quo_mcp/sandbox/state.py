"""The state behind Quo, and its rules: texts are delivered, people answer, lists come in order.

Nothing runs in the background. What time brings about (a delivery, an answer, a late commit) is
written down with its moment, and `settle` brings it about at the next look at the world.
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
from quo_mcp.sandbox.http import Json, iso

DONE_FOR = timedelta(days=36525)  # Quo shows a finished conversation as one snoozed for a century


@dataclass(frozen=True)
class Habit:
    """How somebody answers texts: so many seconds later, these words in turn (the last one stays)."""

    after: float
    texts: tuple[str, ...]


class World:
    """Everything is kept as Quo's JSON by id, but calls' extras, which are kept by the call's id."""

    def __init__(self, seed: int, now: Callable[[], datetime]) -> None:
        self.now = now
        self.dice = random.Random(seed)  # noqa: S311 - a play's dice, not a secret's
        self.org = ""
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
        self.habits: dict[str, Habit] = {}
        self.opted_out: set[str] = set()
        self.unreachable: set[str] = set()
        self.listed_from: dict[str, str] = {}
        self.answering = True
        self.open_tasks = 100
        self._threads: dict[tuple[str, frozenset[str]], str] = {}
        self._due: list[tuple[datetime, int, Callable[[datetime], object]]] = []
        self._order = count()

    # ids

    def new_id(self, prefix: str, length: int = 32) -> str:
        return prefix + "".join(self.dice.choices("0123456789abcdef", k=length))

    def short_id(self, prefix: str) -> str:
        return prefix + "".join(self.dice.choices(string.ascii_letters + string.digits, k=10))

    # time

    def later(self, at: datetime, act: Callable[[datetime], object]) -> None:
        """Do something when its moment has come; it is given that moment."""
        heapq.heappush(self._due, (at, next(self._order), act))

    def settle(self) -> None:
        """Bring about all that is due by now."""
        while self._due and self._due[0][0] <= self.now():
            at, _, act = heapq.heappop(self._due)
            act(at)

    # who

    def number(self, given: str, resource: str) -> Json:
        """One of our numbers, by its id or as E.164."""
        for number in self.numbers.values():
            if given in (number["id"], number["number"]):
                return number
        raise not_found(resource, "Phone number")

    def require_member(self, number: Json, user: str | None, code: str) -> None:
        if user is not None and user not in {member["id"] for member in number["users"]}:
            raise not_a_member(code)

    @property
    def owner(self) -> str:
        return next(id_ for id_, user in self.users.items() if user["role"] == "owner")

    def keeper(self, number: Json) -> str:
        """Whose doing something is that nobody is named for: the first of a number's users."""
        return str(number["users"][0]["id"])

    # threads

    def thread(self, number: str, people: Iterable[str]) -> Json | None:
        found = self._threads.get((number, frozenset(people)))
        return self.conversations[found] if found else None

    def open_thread(self, number: str, people: list[str], at: datetime) -> Json:
        """The conversation of a number with these people; begun now if there is none."""
        known = self.thread(number, people)
        if known is not None:
            return known
        conversation: Json = {
            "id": self.new_id("CN"),
            "phoneNumberId": number,
            "participants": people,
            "name": None,
            "assignedTo": None,
            "lastActivityAt": iso(at),
            "lastActivityId": None,
            "mutedUntil": None,
            "snoozedUntil": None,
            "createdAt": iso(at),
            "updatedAt": iso(at),
            "deletedAt": None,
        }
        self.conversations[conversation["id"]] = conversation
        self._threads[number, frozenset(people)] = conversation["id"]
        return conversation

    def touch(self, conversation: Json, activity: str, at: datetime, *, incoming: bool) -> None:
        """Something happened in a conversation; what comes in opens it again if it was done.

        What is told of the past does not hide what came since.
        """
        moment = iso(at)
        conversation["createdAt"] = min(conversation["createdAt"], moment)
        if conversation["lastActivityId"] is None or moment >= conversation["lastActivityAt"]:
            conversation.update(lastActivityAt=moment, lastActivityId=activity, updatedAt=moment)
            if incoming:
                conversation["snoozedUntil"] = None

    def finish(self, conversation: Json, at: datetime, until: datetime | None = None) -> None:
        conversation.update(snoozedUntil=iso(until or at + DONE_FOR), updatedAt=iso(at))

    # texts

    def add_text(
        self,
        number: Json,
        people: list[str],
        text: str,
        at: datetime,
        *,
        sender: str | None = None,
        user: str | None = None,
        status: str | None = None,
        media: list[Json] | None = None,
    ) -> Json:
        """A text in a thread: from `sender` to us (and the others there), or from us to all of them."""
        conversation = self.open_thread(number["id"], people, at)
        others = [person for person in people if person != sender]
        message: Json = {
            "id": self.new_id("AC"),
            "to": [number["number"], *others] if sender else people,
            "from": sender or number["number"],
            "text": text,
            "phoneNumberId": number["id"],
            "conversationId": conversation["id"],
            "direction": "incoming" if sender else "outgoing",
            "userId": user or self.keeper(number),
            "status": status or ("received" if sender else "delivered"),
            "createdAt": iso(at),
            "updatedAt": iso(at),
        }
        if media:
            message["media"] = media
        self.messages[message["id"]] = message
        self.touch(conversation, message["id"], at, incoming=sender is not None)
        if sender and len(people) == 1:
            self._heard(sender, text)
        return message

    def _heard(self, person: str, text: str) -> None:
        """The carriers' words: STOP ends texts to that person, START allows them again."""
        word = text.strip().upper()
        if word in {"STOP", "UNSUBSCRIBE", "STOPALL"}:
            self.opted_out.add(person)
        elif word in {"START", "UNSTOP"}:
            self.opted_out.discard(person)

    # calls

    def add_call(self, number: Json, person: str, at: datetime, **told: Any) -> Json:
        """A call; `told` are the fields of Quo's record that are not as for an unanswered incoming one."""
        incoming = told.get("direction", "incoming") == "incoming"
        call: Json = {
            "id": self.new_id("AC"),
            "phoneNumberId": number["id"],
            "userId": self.keeper(number),
            "participants": [person, number["number"]] if incoming else [number["number"], person],
            "direction": "incoming",
            "status": "completed",
            "duration": 0,
            "createdAt": iso(at),
            "answeredAt": None,
            "completedAt": None,
            "updatedAt": None,
            "answeredBy": None,
            "initiatedBy": None,
            "callRoute": "phone-number",
            "forwardedFrom": None,
            "forwardedTo": None,
            "aiHandled": None,
        } | told
        call["updatedAt"] = call["completedAt"] or call["createdAt"]
        self.calls[call["id"]] = call
        thread = self.open_thread(number["id"], [person], at)
        self.touch(thread, call["id"], at, incoming=incoming)
        return call
