"""How the world stands at its start: world.json told around now, then grown to a few weeks' worth.

Times in it are relative: `-3h` and `-2d` before now, `-2d 09:15` at that time of that day where the
business is, `+4m` after the line before (in a list of texts) or from now (a task's due date).
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import cache
from importlib.resources import files
from typing import Any

from quo_mcp.sandbox import seed_generator
from quo_mcp.sandbox.call_artifacts import keep_voicemail, keep_words, record
from quo_mcp.sandbox.connections import new_connection
from quo_mcp.sandbox.http import Json, iso
from quo_mcp.sandbox.state import Habit, World
from quo_mcp.sandbox.tasks import new_task
from quo_mcp.sandbox.webhooks import new_webhook

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
A_MOMENT_AGO = timedelta(seconds=1)


@cache
def _script() -> str:
    return files("quo_mcp.sandbox").joinpath("world.json").read_text(encoding="utf-8")


def tell(world: World) -> None:
    """Fill an empty world."""
    told: Json = json.loads(_script())
    _Teller(world, told).tell()
    seed_generator.grow(world, told["growth"])


def when(text: str, base: datetime, zone: timezone) -> datetime:
    """A relative time of world.json: see this module's head."""
    found = re.fullmatch(r"([+-][0-9]+)([smhd])(?: ([0-9]{2}):([0-9]{2}))?", text)
    if found is None:
        raise ValueError(f"not a relative time: {text!r}")
    amount, unit, hour, minute = found.groups()
    at = base + timedelta(seconds=int(amount) * UNITS[unit])
    if hour is None:
        return at
    return at.astimezone(zone).replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)


class _Teller:
    def __init__(self, world: World, told: Json) -> None:
        self.world = world
        self.told = told
        self.zone = timezone(timedelta(hours=told["utc_offset"]))
        self.start = world.now()
        self.people: dict[str, str] = {}
        self.users: dict[str, str] = {"sona": told["sona"]}
        self.inboxes: dict[str, Json] = {}

    def tell(self) -> None:
        self.world.org = self.told["org"]
        self.world.custom_fields = self.told["custom_fields"]
        for name, tell in (
            ("connections", self.connection),
            ("users", self.user),
            ("numbers", self.number),
            ("contacts", self.contact),
            ("threads", self.thread),
            ("calls", self.call),
            ("tasks", self.task),
            ("webhooks", self.webhook),
        ):
            for each in self.told[name]:
                tell(each)
        for person, habit in self.told["habits"].items():
            self.world.habits[self.phone(person)] = Habit(habit["after"], tuple(habit["texts"]))
        self.world.unreachable.update(map(self.phone, self.told["unreachable"]))

    def at(self, text: str, base: datetime | None = None) -> datetime:
        return when(text, base or self.start, self.zone)

    def past(self, text: str, base: datetime | None = None) -> datetime:
        return min(self.at(text, base), self.start - A_MOMENT_AGO)

    def phone(self, person: str) -> str:
        """A contact's first number, by the contact's key in world.json; or the number itself."""
        return self.people.get(person, person)

    def connection(self, told: Json) -> None:
        made = iso(self.past(told["since"])).replace("Z", "000Z")
        fields = {name: value for name, value in told.items() if name != "since"}
        new_connection(self.world, {"creation_time": made, "last_updated_time": made, **fields})

    def user(self, told: Json) -> None:
        made = iso(self.past(told["since"]))
        shown = {name: told[name] for name in ("id", "email", "firstName", "lastName", "role")}
        self.world.users[told["id"]] = {
            **shown,
            "pictureUrl": None,
            "createdAt": made,
            "updatedAt": made,
        }
        self.users[told["key"]] = told["id"]

    def number(self, told: Json) -> None:
        made, group = iso(self.past(told["since"])), self.world.short_id("GR")
        members = [
            {
                **{name: self.world.users[self.users[key]][name] for name in MEMBER},
                "groupId": group,
            }
            for key in told["users"]
        ]
        free = {"CA": "unrestricted", "Intl": "unrestricted", "US": "unrestricted"}
        self.world.numbers[told["id"]] = self.inboxes[told["key"]] = {
            "id": told["id"],
            "groupId": group,
            "portRequestId": None,
            "formattedNumber": told["formatted"],
            "forward": told.get("forward"),
            "name": told["name"],
            "number": told["number"],
            "portingStatus": None,
            "symbol": told["symbol"],
            "users": members,
            "createdAt": made,
            "updatedAt": made,
            "restrictions": {"calling": free, "messaging": free | {"Intl": told["abroad"]}},
        }

    def contact(self, told: Json) -> None:
        names = {name: told.get(name) for name in ("firstName", "lastName", "company", "role")}
        phones, emails = told.get("phones", []), told.get("emails", [])
        seed_generator.add_contact(
            self.world,
            names,
            self.past(told["since"]),
            phones=phones,
            emails=emails,
            custom=told.get("custom", {}),
            source=told.get("source"),
            externalId=told.get("externalId"),
            createdByUserId=self.users[told.get("by", "tom")],
        )
        self.people[told["key"]] = phones[0][1] if phones else told["key"]

    def thread(self, told: Json) -> None:
        inbox, people = self.inboxes[told["inbox"]], [self.phone(each) for each in told["with"]]
        at = self.start
        for line in told["texts"]:
            moment, who, text, *more = line
            at = self.past(moment, at if moment.startswith("+") else None)
            extras: Mapping[str, Any] = more[0] if more else {}
            ours = self.users.get(who)
            sender = None if ours else people[0] if who == "in" else self.phone(who)
            self.world.add_text(inbox, people, text, at, sender=sender, user=ours, **extras)
        conversation = self.world.open_thread(inbox["id"], people, at)
        conversation["name"] = told.get("name")
        if "assigned" in told:
            conversation["assignedTo"] = self.users[told["assigned"]]
        if told.get("done"):
            self.world.finish(conversation, at)
        if "snoozed" in told:
            self.world.finish(conversation, at, self.at(told["snoozed"]))

    def call(self, told: Json) -> None:
        """Told in world.json by what differs from a plain answered call."""
        inbox, person = self.inboxes[told["inbox"]], self.phone(told["with"])
        at, by = self.past(told["at"]), self.users.get(told.get("by", ""))
        lines = told.get("lines", [])
        if told.get("walkthrough"):
            lines = seed_generator.walkthrough(self.told["growth"]["walkthrough"], self.world.dice)
        words = [(self.users.get(who), text) for who, text in lines]
        call = record(
            self.world,
            inbox,
            person,
            at,
            incoming=told.get("direction", "incoming") == "incoming",
            status=told.get("status", "completed"),
            seconds=told.get("seconds", 0),
            by=by,
            words=words,
            answered=told.get("answered", True),
            sona=self.told["sona"] if told.get("sona") else None,
        )
        if "to" in told:
            call["forwardedTo"] = self.users.get(told["to"], told["to"])
        if "voicemail" in told:
            keep_voicemail(self.world, call, told["voicemail"] or None)
        if "summary" in told or "notes" in told:
            summary, steps, status = told.get("summary"), told.get("next"), told.get("notes")
            keep_words(self.world, call, words, summary=summary, steps=steps, status=status)
        if "jobs" in told:
            self.world.summaries[call["id"]]["jobs"] = told["jobs"]

    def task(self, told: Json) -> None:
        inbox = self.inboxes[told["inbox"]]
        thread = (
            self.world.thread(inbox["id"], [self.phone(told["with"])]) if "with" in told else None
        )
        about: Json = {"conversationId": thread["id"]} if thread else {}
        if told.get("about") == "activity" and thread:
            about = {"activityId": thread["lastActivityId"]}
        new_task(
            self.world,
            inbox,
            title=told["title"],
            description=told["description"],
            dueDate=iso(self.at(told["due"])) if "due" in told else None,
            assignedTo=self.users[told["assigned"]] if "assigned" in told else None,
            assignedBy=self.users["tom"] if "assigned" in told else None,
            createdBy=self.users["tom"],
            createdAt=iso(self.past(told["made"])),
            completed=told.get("completed", False),
            **about,
        )

    def webhook(self, told: Json) -> None:
        new_webhook(self.world, **told)


MEMBER = ("id", "email", "firstName", "lastName", "role")
