"""What people say, settled: "Jane" to a number, "Main Line" to an id, "yesterday" to a moment in UTC.

It happens here for every tool, by what its fields mean (`fields.Means`). Nothing is guessed: what
is not clear is refused with what it could be.

settling          every meaning of a call, in order; times
├── persons         somebody's number; a teammate's id
├── contacts        what is written down of somebody
├── conversations   a thread, and who is in it
└── inboxes         one of the account's own numbers
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeVar

from quo_mcp.errors import Misunderstood
from quo_mcp.records.conversations import Conversation
from quo_mcp.tools import page_tokens
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import Quo
from quo_mcp.tools.fields import Meaning, meanings
from quo_mcp.tools.resolve.contacts import contact
from quo_mcp.tools.resolve.conversations import conversation, thread_named
from quo_mcp.tools.resolve.inboxes import inbox, some_inboxes, usual_inbox
from quo_mcp.tools.resolve.people import everyone, teammate
from quo_mcp.values import times
from quo_mcp.values.untrusted import in_quotes

AnyTool = TypeVar("AnyTool", bound=Tool[Any])

ORDER = (
    "since",
    "until",
    "due",
    "teammate",
    "contact",
    "conversation",
    "person",
    "inbox",
    "inboxes",
)


def people_in(asked: Tool[Any]) -> list[str]:
    """The numbers of everybody whom a settled call is about."""
    found: list[str] = []
    for name, what in meanings(type(asked)).items():
        if what == "person" and (named := getattr(asked, name)):
            found += [named] if isinstance(named, str) else named
    return found


async def settle(asked: AnyTool, quo: Quo) -> AnyTool:
    """The same call with every meaning settled. People come before inboxes, which may follow from them.

    Raises:
        Misunderstood: something said does not mean one clear thing.
    """
    means = meanings(type(asked))
    asked = resumed(asked)
    reading = asked.effect is Effect.READ
    settled: dict[str, Any] = {}
    about = Whom()
    for name in sorted(means, key=lambda each: ORDER.index(means[each])):
        said, what = getattr(asked, name), means[name]
        match what:
            case "person" if said is not None:
                in_order(asked, settled, quo)
                about = await whom(said, type(asked), quo, reading=reading)
                settled[name] = about.people[0] if isinstance(said, str) else about.people
            case "inbox" if said is not None or about.thread:
                settled[name] = await which_inbox(said, about, quo)
            case "inbox" if (about.people and not reading) or "person" not in means.values():
                settled[name] = (await usual_inbox(about.people, quo)).id
            case "inboxes":
                settled[name] = await some_inboxes(said, quo)
            case "person" | "inbox":
                pass
            case _ if said is not None:
                settled[name] = await by_itself(said, what, quo, reading=reading)
    in_order(asked, settled, quo)
    return asked.model_copy(update=settled) if settled else asked


def resumed(asked: AnyTool) -> AnyTool:
    """The call with what its page token carries, in place of what was said with it (the same, some time later)."""
    said = getattr(asked, "page_token", None)
    if not said:
        return asked
    place, pins = page_tokens.taken_apart(said, type(asked))
    return asked.model_copy(update={**pins, "page_token": place})


@dataclass(frozen=True)
class Whom:
    """Whom a call is about. people: their numbers. thread: the one whose id was given in their place."""

    people: list[str] = field(default_factory=list)
    thread: Conversation | None = None


async def whom(said: str | list[str], tool: type[Tool[Any]], quo: Quo, *, reading: bool) -> Whom:
    named = [said] if isinstance(said, str) else said
    thread = await thread_named(named, tool, quo)
    people = await everyone(thread.participants if thread else named, quo, reading=reading)
    if thread and isinstance(said, str) and len(people) > 1:
        raise Misunderstood(
            f"{thread.id} is a group thread with {quo.view().people(people)}. This takes one person: name one of them."
        )
    return Whom(people, thread)


async def which_inbox(said: str | None, about: Whom, quo: Quo) -> str:
    """The inbox that is named, or that of the thread that is."""
    thread = about.thread
    if said is None and thread:
        return thread.phone_number_id
    chosen = (await inbox(said or "", quo)).id
    if thread and thread.phone_number_id != chosen:
        raise Misunderstood(
            f"{thread.id} is on {quo.view().inbox_name(thread.phone_number_id)}: leave inbox out, or name the people "
            "instead of the thread."
        )
    return chosen


async def by_itself(said: str, what: Meaning, quo: Quo, *, reading: bool) -> str:
    """What follows from nothing else in the call."""
    match what:
        case "contact":
            return await contact(said, quo, reading=reading)
        case "conversation":
            return await conversation(said, quo)
        case "teammate":
            return await teammate(said, quo)
        case "since" | "until":
            return edge_of_time(said, what, quo)
        case _:
            return times.wire(times.due(said, now=quo.now(), zone=quo.zone))


def edge_of_time(said: str, edge: Literal["since", "until"], quo: Quo) -> str:
    """The moment meant, as Quo takes it. Raises Misunderstood: nothing can have happened since then."""
    moment = times.moment(said, now=quo.now(), zone=quo.zone, edge=edge)
    if edge == "since" and moment > quo.now():
        raise Misunderstood(
            f"{in_quotes(said)} has not come yet, so nothing can have happened since. Say an earlier time."
        )
    return times.wire(moment)


def in_order(asked: Tool[Any], settled: Mapping[str, Any], quo: Quo) -> None:
    """Raises Misunderstood where a span of time ends before it begins."""
    for name, what in meanings(type(asked)).items():
        other = name.replace("since", "until")
        begin, end = settled.get(name), settled.get(other)
        if what != "since" or not begin or not end or begin < end:
            continue
        now, zone, view = quo.now(), quo.zone, quo.view()
        first, last = (view.when(datetime.fromisoformat(each)) for each in (begin, end))
        since, until = (" ".join(getattr(asked, each).split()) for each in (name, other))
        earlier = times.moment(until, now=now, zone=zone, edge="since")
        helps = earlier < times.moment(since, now=now, zone=zone, edge="until") and earlier <= now
        raise Misunderstood(
            f"That span is empty: {name} “{since}” begins {first}, and {other} “{until}” ends {last} ({zone.key}). "
            f"{'Swap them' if helps else 'Set them further apart'}, or leave one out."
        )
