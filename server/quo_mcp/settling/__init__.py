"""What people say, settled: "Jane" to a number, "Main Line" to an id, "yesterday" to a moment in UTC.

It happens here for every tool, by what its fields mean (`fields.Means`). Nothing is guessed: what
is not clear is refused with what it could be.

settling      every meaning of a call, in order; times
├── persons     somebody's number; a teammate's id
└── inboxes     one of the account's own numbers
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeVar

from quo_mcp import paging, times
from quo_mcp.errors import Misunderstood
from quo_mcp.fields import meanings
from quo_mcp.outside import in_quotes
from quo_mcp.quo import Quo
from quo_mcp.settling.inboxes import inbox, some_inboxes, usual_inbox
from quo_mcp.settling.persons import everyone, teammate
from quo_mcp.tool import Effect, Tool

AnyTool = TypeVar("AnyTool", bound=Tool[Any])

ORDER = ("since", "until", "due", "teammate", "person", "inbox", "inboxes")


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
    people: list[str] = []
    for name in sorted(means, key=lambda each: ORDER.index(means[each])):
        said = getattr(asked, name)
        match means[name]:
            case "person" if said is not None:
                in_order(asked, settled, quo)
                each = await everyone(
                    [said] if isinstance(said, str) else said, quo, reading=reading
                )
                people += each
                settled[name] = each[0] if isinstance(said, str) else each
            case "teammate" if said is not None:
                settled[name] = await teammate(said, quo)
            case ("since" | "until") as edge if said is not None:
                settled[name] = edge_of_time(said, edge, quo)
            case "due" if said is not None:
                settled[name] = times.wire(times.due(said, now=quo.now(), zone=quo.zone))
            case "inbox" if said is not None:
                settled[name] = (await inbox(said, quo)).id
            case "inbox" if (people and not reading) or "person" not in means.values():
                settled[name] = (await usual_inbox(people, quo)).id
            case "inboxes":
                settled[name] = await some_inboxes(said, quo)
            case _:
                pass
    in_order(asked, settled, quo)
    return asked.model_copy(update=settled) if settled else asked


def resumed(asked: AnyTool) -> AnyTool:
    """The call with what its page token carries, in place of what was said with it (the same, some time later)."""
    said = getattr(asked, "page_token", None)
    if not said:
        return asked
    place, pins = paging.taken_apart(said, type(asked))
    return asked.model_copy(update={**pins, "page_token": place})


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
