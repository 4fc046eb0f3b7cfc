"""What people say, settled: "Jane" to a number, "Main Line" to an id, "yesterday" to a moment in UTC.

It happens here for every tool, by what its fields mean (`fields.Means`). Nothing is guessed: what
is not clear is refused with what it could be.

settling      every meaning of a call, in order; times
├── persons     somebody's number; a teammate's id
└── inboxes     one of the account's own numbers
"""

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from quo_mcp import times
from quo_mcp.errors import Misunderstood
from quo_mcp.fields import Meaning, Means
from quo_mcp.outside import in_quotes
from quo_mcp.quo import Quo
from quo_mcp.settling.inboxes import inbox, some_inboxes, usual_inbox
from quo_mcp.settling.persons import everyone, teammate
from quo_mcp.tool import Effect, Tool

AnyTool = TypeVar("AnyTool", bound=Tool[Any])

ORDER = ("since", "until", "due", "teammate", "person", "inbox", "inboxes")


def meanings(tool: type[Tool[Any]]) -> dict[str, Meaning]:
    """Which of a tool's fields stand for something, and for what."""
    return {
        name: mark.what
        for name, field in tool.model_fields.items()
        for mark in field.metadata
        if isinstance(mark, Means)
    }


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
    reading = asked.effect is Effect.READ
    settled: dict[str, Any] = {}
    people: list[str] = []
    for name in sorted(means, key=lambda each: ORDER.index(means[each])):
        said = getattr(asked, name)
        match means[name]:
            case "person" if said is not None:
                in_order(means, settled)
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
            case "inbox" if people or "person" not in means.values():
                settled[name] = (await usual_inbox(people, quo, reading=reading)).id
            case "inboxes":
                settled[name] = await some_inboxes(said, quo)
            case _:
                pass
    in_order(means, settled)
    return asked.model_copy(update=settled) if settled else asked


def edge_of_time(said: str, edge: Literal["since", "until"], quo: Quo) -> str:
    """The moment meant, as Quo takes it. Raises Misunderstood: nothing can have happened since then."""
    moment = times.moment(said, now=quo.now(), zone=quo.zone, edge=edge)
    if edge == "since" and moment > quo.now():
        raise Misunderstood(
            f"{in_quotes(said)} has not come yet, so nothing can have happened since. Say an earlier time."
        )
    return times.wire(moment)


def in_order(means: Mapping[str, Meaning], settled: Mapping[str, Any]) -> None:
    """Raises Misunderstood where a span of time ends before it begins."""
    for name, what in means.items():
        begin, end = settled.get(name), settled.get(name.replace("since", "until"))
        if what == "since" and begin and end and begin >= end:
            raise Misunderstood(
                f"{name} ({begin}) is not before {name.replace('since', 'until')} ({end}): that span is empty. Swap them, or "
                "leave one out."
            )
