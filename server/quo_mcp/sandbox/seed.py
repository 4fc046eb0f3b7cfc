"""The sandbox's initial state: world.json placed around the current time, then generated customers.

Times in world.json are relative: `-3h` and `-2d` are before now, and `-2d 09:15` is that time of
that day in the business's time zone. `+4m` is after the previous text, or from now for a due date.
"""

import json
import random
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import cache
from importlib.resources import files
from typing import Any

from quo_mcp.sandbox import seed_generator
from quo_mcp.sandbox.call_artifacts import add_summary_and_transcript, add_voicemail, create_call
from quo_mcp.sandbox.connections import add_connection
from quo_mcp.sandbox.http import Json, format_time
from quo_mcp.sandbox.state import AutoReply, SandboxState
from quo_mcp.sandbox.tasks import add_task
from quo_mcp.sandbox.webhooks import add_webhook

UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
ONE_SECOND = timedelta(seconds=1)
MEMBER_FIELDS = ("id", "email", "firstName", "lastName", "role")


@cache
def _seed_file() -> str:
    return files("quo_mcp.sandbox").joinpath("world.json").read_text(encoding="utf-8")


def load(state: SandboxState) -> None:
    """Fill an empty state."""
    spec: Json = json.loads(_seed_file())
    loader = _SeedLoader(state, spec)
    loader.load()
    seed_generator.generate(state, spec["growth"])
    loader.load_week()


def parse_relative_time(text: str, base: datetime, zone: timezone) -> datetime:
    """Return a relative time of world.json as an aware time; see the module's docstring.

    Raises ValueError if `text` is not a relative time.
    """
    match = re.fullmatch(r"([+-][0-9]+)([smhd])(?: ([0-9]{2}):([0-9]{2}))?", text)
    if match is None:
        raise ValueError(f"not a relative time: {text!r}")
    amount, unit, hour, minute = match.groups()
    time = base + timedelta(seconds=int(amount) * UNIT_SECONDS[unit])
    if hour is None:
        return time
    return time.astimezone(zone).replace(
        hour=int(hour), minute=int(minute), second=0, microsecond=0
    )


class _SeedLoader:
    """Loads one part of world.json per method. `spec` is a part's JSON, with short keys of its own."""

    def __init__(self, state: SandboxState, spec: Json) -> None:
        self.state = state
        self.spec = spec
        self.zone = timezone(timedelta(hours=spec["utc_offset"]))
        self.now = state.now()
        self.phone_by_key: dict[str, str] = {}
        self.user_by_key: dict[str, str] = {"sona": spec["sona"]}
        self.number_by_key: dict[str, Json] = {}

    def load(self) -> None:
        self.state.organization_id = self.spec["org"]
        self.state.custom_fields = self.spec["custom_fields"]
        for section, load_item in (
            ("connections", self.load_connection),
            ("users", self.load_user),
            ("numbers", self.load_number),
            ("contacts", self.load_contact),
            ("threads", self.load_conversation),
            ("calls", self.load_call),
            ("tasks", self.load_task),
            ("webhooks", self.load_webhook),
        ):
            for item in self.spec[section]:
                load_item(item)
        for person, habit in self.spec["habits"].items():
            auto_reply = AutoReply(habit["after"], tuple(habit["texts"]))
            self.state.auto_replies[self.phone(person)] = auto_reply
        self.state.unreachable.update(map(self.phone, self.spec["unreachable"]))

    def load_week(self) -> None:
        """Load what makes the last week easy to be wrong about: automatic replies, call-backs from another inbox.

        Its ids come from a generator of its own, so that they change no others.
        """
        rng, self.state.rng = self.state.rng, random.Random("week")  # noqa: S311 - simulated data
        for conversation in self.spec["week"]["threads"]:
            self.load_conversation(conversation)
        for call in self.spec["week"]["calls"]:
            self.load_call(call)
        self.state.rng = rng

    def time(self, text: str, base: datetime | None = None) -> datetime:
        return parse_relative_time(text, base or self.now, self.zone)

    def past_time(self, text: str, base: datetime | None = None) -> datetime:
        """Return the time, but at most one second before now."""
        return min(self.time(text, base), self.now - ONE_SECOND)

    def phone(self, person: str) -> str:
        """Return a contact's first number by the contact's key; any other value is returned as is."""
        return self.phone_by_key.get(person, person)

    def load_connection(self, spec: Json) -> None:
        # Maton writes microseconds.
        created = format_time(self.past_time(spec["since"])).replace("Z", "000Z")
        fields = {name: value for name, value in spec.items() if name != "since"}
        add_connection(
            self.state, {"creation_time": created, "last_updated_time": created, **fields}
        )

    def load_user(self, spec: Json) -> None:
        created = format_time(self.past_time(spec["since"]))
        fields = {name: spec[name] for name in ("id", "email", "firstName", "lastName", "role")}
        self.state.users[spec["id"]] = {
            **fields,
            "pictureUrl": None,
            "createdAt": created,
            "updatedAt": created,
        }
        self.user_by_key[spec["key"]] = spec["id"]

    def load_number(self, spec: Json) -> None:
        created = format_time(self.past_time(spec["since"]))
        group_id = self.state.new_short_id("GR")
        members = [
            {
                **{name: self.state.users[self.user_by_key[key]][name] for name in MEMBER_FIELDS},
                "groupId": group_id,
            }
            for key in spec["users"]
        ]
        unrestricted = {"CA": "unrestricted", "Intl": "unrestricted", "US": "unrestricted"}
        self.state.numbers[spec["id"]] = self.number_by_key[spec["key"]] = {
            "id": spec["id"],
            "groupId": group_id,
            "portRequestId": None,
            "formattedNumber": spec["formatted"],
            "forward": spec.get("forward"),
            "name": spec["name"],
            "number": spec["number"],
            "portingStatus": None,
            "symbol": spec["symbol"],
            "users": members,
            "createdAt": created,
            "updatedAt": created,
            "restrictions": {
                "calling": unrestricted,
                "messaging": unrestricted | {"Intl": spec["abroad"]},
            },
        }

    def load_contact(self, spec: Json) -> None:
        names = {name: spec.get(name) for name in ("firstName", "lastName", "company", "role")}
        phones, emails = spec.get("phones", []), spec.get("emails", [])
        seed_generator.add_contact(
            self.state,
            names,
            self.past_time(spec["since"]),
            phones=phones,
            emails=emails,
            custom=spec.get("custom", {}),
            source=spec.get("source"),
            externalId=spec.get("externalId"),
            createdByUserId=self.user_by_key[spec.get("by", "tom")],
        )
        self.phone_by_key[spec["key"]] = phones[0][1] if phones else spec["key"]

    def load_conversation(self, spec: Json) -> None:
        """Load a conversation whose `texts` are lists: time, author, text and, if needed, fields.

        The author is the key of a user or contact, or `in` for the first participant.
        """
        number = self.number_by_key[spec["inbox"]]
        people = [self.phone(person) for person in spec["with"]]
        at = self.now
        for time, author, text, *rest in spec["texts"]:
            at = self.past_time(time, at if time.startswith("+") else None)
            fields: Mapping[str, Any] = rest[0] if rest else {}
            user_id = self.user_by_key.get(author)
            sender = None if user_id else people[0] if author == "in" else self.phone(author)
            self.state.add_message(
                number, people, text, at, sender=sender, user_id=user_id, **fields
            )
        conversation = self.state.ensure_conversation(number["id"], people, at)
        conversation["name"] = spec.get("name")
        if "assigned" in spec:
            conversation["assignedTo"] = self.user_by_key[spec["assigned"]]
        if spec.get("done"):
            self.state.mark_done(conversation, at)
        if "snoozed" in spec:
            self.state.mark_done(conversation, at, self.time(spec["snoozed"]))

    def load_call(self, spec: Json) -> None:
        """Load a call. `spec` holds only what differs from an answered incoming call."""
        number, person = self.number_by_key[spec["inbox"]], self.phone(spec["with"])
        at, user_id = self.past_time(spec["at"]), self.user_by_key.get(spec.get("by", ""))
        lines = spec.get("lines", [])
        if spec.get("walkthrough"):
            lines = seed_generator.walkthrough(self.spec["growth"]["walkthrough"], self.state.rng)
        utterances = [(self.user_by_key.get(speaker), text) for speaker, text in lines]
        call = create_call(
            self.state,
            number,
            person,
            at,
            incoming=spec.get("direction", "incoming") == "incoming",
            status=spec.get("status", "completed"),
            seconds=spec.get("seconds", 0),
            user_id=user_id,
            utterances=utterances,
            answered=spec.get("answered", True),
            ai_agent=self.spec["sona"] if spec.get("sona") else None,
        )
        if "to" in spec:
            call["forwardedTo"] = self.user_by_key.get(spec["to"], spec["to"])
        if "voicemail" in spec:
            add_voicemail(self.state, call, spec["voicemail"] or None)
        if "summary" in spec or "notes" in spec:
            add_summary_and_transcript(
                self.state,
                call,
                utterances,
                summary=spec.get("summary"),
                next_steps=spec.get("next"),
                status=spec.get("notes"),
            )
        if "jobs" in spec:
            self.state.summaries[call["id"]]["jobs"] = spec["jobs"]

    def load_task(self, spec: Json) -> None:
        number = self.number_by_key[spec["inbox"]]
        conversation = (
            self.state.find_conversation(number["id"], [self.phone(spec["with"])])
            if "with" in spec
            else None
        )
        subject: Json = {"conversationId": conversation["id"]} if conversation else {}
        if spec.get("about") == "activity" and conversation:
            subject = {"activityId": conversation["lastActivityId"]}
        add_task(
            self.state,
            number,
            title=spec["title"],
            description=spec["description"],
            dueDate=format_time(self.time(spec["due"])) if "due" in spec else None,
            assignedTo=self.user_by_key[spec["assigned"]] if "assigned" in spec else None,
            assignedBy=self.user_by_key["tom"] if "assigned" in spec else None,
            createdBy=self.user_by_key["tom"],
            createdAt=format_time(self.past_time(spec["made"])),
            completed=spec.get("completed", False),
            **subject,
        )

    def load_webhook(self, spec: Json) -> None:
        add_webhook(self.state, **spec)
