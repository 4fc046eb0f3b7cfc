"""Resolve the times of a call's arguments, in every form in which results print them."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from quo_mcp.errors import InvalidArguments
from quo_mcp.tools.context import Account
from quo_mcp.values import times
from quo_mcp.values.untrusted import quote_inline
from quo_mcp.values.wrapping import unwrapped

# A date, with the weekday, the clock time, the offset and the zone that may be printed with it.
PRINTED_TIME = re.compile(
    r"(?:\b[A-Z][a-z]{2} )?\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b"
    r"(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z| ?[+-][0-9]{2}:[0-9]{2})?)?"
    r"(?: \([A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+\))?"
)
ARGUMENT_LABEL = re.compile(r"(?:[a-z]+_)*(?:since|until|due)\s*[=:]\s*")


def resolve_time(text: str, edge: Literal["since", "until"], account: Account) -> str:
    """Return a time as Quo takes it: ISO 8601 in UTC.

    edge: whether the text starts or ends a range; "yesterday" is a whole day.

    Raises:
        InvalidArguments: the text is no time, names several, or the range starts in the future.
    """

    def parse(candidate: str) -> datetime:
        return times.parse_time(candidate, now=account.now(), zone=account.zone, edge=edge)

    moment = parse_printed(text, parse)
    if edge == "since" and moment > account.now():
        raise InvalidArguments(
            f"{quote_inline(text)} is in the future, so no activity can match. Use an earlier time."
        )
    return times.format_iso(moment)


def resolve_due(text: str, account: Account) -> str:
    """Return a deadline as Quo takes it: ISO 8601 in UTC.

    Raises:
        InvalidArguments: the text is no time, names several, or is in the past.
    """

    def parse(candidate: str) -> datetime:
        return times.parse_due(candidate, now=account.now(), zone=account.zone)

    return times.format_iso(parse_printed(text, parse))


def parse_printed(text: str, parse: Callable[[str], datetime]) -> datetime:
    """Parse a text as given, else the one time that is printed in it, else what is inside its wrapping.

    A label of a result, such as "due", is taken off a complete date only: "due Mon" may be in the past.

    Raises:
        InvalidArguments: nothing of it is a time, or several times are.
    """
    try:
        return parse(text)
    except InvalidArguments as error:
        problem = error
    printed_times = list(dict.fromkeys(PRINTED_TIME.findall(text.partition("\n")[0])))
    if len(printed_times) > 1:
        raise InvalidArguments(
            f"{quote_inline(text, 160)} has several times. Give one, such as {quote_inline(printed_times[0])} or {quote_inline(printed_times[1])}."
        )
    inner = [*unwrapped(text)]
    barest = inner[-1] if inner else text.strip()
    labeled = ARGUMENT_LABEL.match(barest)
    rest = barest[labeled.end() :] if labeled else barest
    for candidate in (*printed_times, *inner, rest, *unwrapped(rest)):
        try:
            return parse(candidate)
        except InvalidArguments:
            if candidate in printed_times:
                raise  # a printed time that does not apply here, such as a due date in the past
    raise problem
