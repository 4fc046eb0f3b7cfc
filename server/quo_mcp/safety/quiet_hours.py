"""Quiet hours, in the recipient's local time.

A number does not determine its phone's time zone; it determines a set of possible zones. A text is sent
only if it is outside quiet hours in all of them. If no zone is known, it is not sent.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from quo_mcp.errors import PolicyRefusal
from quo_mcp.values.times import format_wait

USUAL_START, USUAL_END = time(8), time(21)
"""Hours in which people expect texts from a business: those of 47 CFR 64.1200(c)(1) for solicitations."""

STEP = timedelta(minutes=15)  # the precision of the earliest allowed time


def parse_window(setting: str) -> tuple[time, time]:
    """Parse `21:00-08:00` into its start and end; the end may be on the next day."""
    start, _, end = setting.partition("-")
    return time.fromisoformat(start), time.fromisoformat(end)


def is_quiet(at: time, start: time, end: time) -> bool:
    """Return whether a local time is within the window, which may span midnight; equal ends mean all day."""
    return start <= at < end if start < end else at >= start or at < end


def check_quiet_hours(number: str, zones: Iterable[str], *, now: datetime, setting: str) -> None:
    """Check that a text may be sent now.

    number: how to name the recipient in the message. zones: the possible time zones, IANA names.

    Raises:
        PolicyRefusal: it is within quiet hours, or the zone is unknown. The message has the earliest
            allowed time within a day, if any.
    """
    start, end = parse_window(setting)
    possible_zones = [ZoneInfo(name) for name in zones]
    if not possible_zones:
        raise PolicyRefusal(
            f"Not sent: quiet hours ({setting}) apply, and the local time of {number} is unknown. "
            "A person can send the text in the Quo app, or change QUO_MCP_QUIET_HOURS."
        )

    def is_quiet_at(moment: datetime) -> bool:
        return any(is_quiet(moment.astimezone(zone).time(), start, end) for zone in possible_zones)

    if not is_quiet_at(now):
        return
    steps = (now + STEP * count for count in range(1, timedelta(days=1) // STEP + 1))
    allowed_at = next((moment for moment in steps if not is_quiet_at(moment)), None)
    local_times = " or ".join(sorted({f"{now.astimezone(zone):%H:%M}" for zone in possible_zones}))
    when = (
        f"It can be sent in {format_wait((allowed_at - now).total_seconds())}, at {allowed_at.astimezone(possible_zones[0]):%H:%M} their time."
        if allowed_at
        else f"The quiet hours cover the whole day{' across their possible time zones' * (len(possible_zones) > 1)}."
    )
    raise PolicyRefusal(
        f"Not sent: the local time of {number} is {local_times}, within the quiet hours ({setting}). {when}"
    )


def unusual_hour(recipient: str, zones: Iterable[str], *, now: datetime) -> str | None:
    """Return a sentence if it is before 8:00 or after 21:00 in every zone where the recipient may be.

    recipient: how to name them. zones: the possible time zones, IANA names.
    """
    local_times = sorted({now.astimezone(ZoneInfo(name)).time() for name in zones})
    if not local_times or any(USUAL_START <= local < USUAL_END for local in local_times):
        return None
    return f"It is {' or '.join(f'{local:%H:%M}' for local in local_times)} where {recipient} is, based on their number."
