"""Quiet hours, by the clock on the recipient's wall.

A number does not say where its phone is; it says where it may be. Where it may be in several time
zones, all of them have to be awake; where nothing is known, every zone of the world would have to
be, and nothing is sent.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from quo_mcp.errors import Forbidden

STEP = timedelta(minutes=15)  # opening times are found to this precision


def window(setting: str) -> tuple[time, time]:
    """`21:00-08:00` as its two times; the end may be on the next day."""
    start, _, end = setting.partition("-")
    return time.fromisoformat(start), time.fromisoformat(end)


def is_quiet(at: time, start: time, end: time) -> bool:
    """Whether a local time lies in the window, which may go over midnight; equal ends mean all day."""
    return start <= at < end if start < end else at >= start or at < end


def check(number: str, zones: Iterable[str], *, now: datetime, setting: str) -> None:
    """Refuses a text that would reach somebody at night.

    Raises:
        Forbidden: with the earliest time at which it may go, where there is one within a day.
    """
    start, end = window(setting)
    clocks = [ZoneInfo(name) for name in zones]
    if not clocks:
        raise Forbidden(
            f"Not sent: it is not known what time it is for {number}, and quiet hours ({setting}) are kept. "
            "A person can send it, or change QUO_MCP_QUIET_HOURS."
        )

    def quiet(moment: datetime) -> bool:
        return any(is_quiet(moment.astimezone(zone).time(), start, end) for zone in clocks)

    if not quiet(now):
        return
    steps = (now + STEP * count for count in range(1, timedelta(days=1) // STEP + 1))
    opens = next((moment for moment in steps if not quiet(moment)), None)
    there = ", ".join(sorted({f"{now.astimezone(zone):%H:%M}" for zone in clocks}))
    when = (
        f"It may go from about {opens.astimezone(clocks[0]):%H:%M} their time, in {_hours(opens - now)}."
        if opens
        else "Their time zones leave no hour of the day free."
    )
    raise Forbidden(
        f"Not sent: it is {there} where {number} may be, within the quiet hours ({setting}). {when}"
    )


def _hours(wait: timedelta) -> str:
    minutes = int(wait.total_seconds()) // 60
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
