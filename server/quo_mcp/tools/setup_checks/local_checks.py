"""Checks of the state directory, earlier sends, limits, clock and time zone.

A check returns None if it has nothing to report.
"""

from datetime import datetime, timedelta

import anyio.to_thread

from quo_mcp.errors import DatabaseUnavailable, RateLimited, Refusal
from quo_mcp.records.assumptions import ASSUMPTIONS
from quo_mcp.safety.send_record import SendState
from quo_mcp.store.postgres_url import describe_location
from quo_mcp.tools.rendering.sends import describe_loss
from quo_mcp.tools.setup_checks.account_checks import was_reached
from quo_mcp.tools.setup_checks.findings import Finding, FindingStatus
from quo_mcp.tools.setup_checks.setup_reader import SetupReader, recent_sends
from quo_mcp.values import phone_numbers, times
from quo_mcp.values.times import format_duration

OK, NOTE, UNKNOWN, PROBLEM = FindingStatus

LOSS_REMEDY = (
    "Check the do-not-text list with `quo-mcp optouts`, and keep programs such as cleaners and backups from changing the files in "
    "the state directory. This is shown for 7 days."
)
MAX_SKEW = timedelta(seconds=60)  # a smaller skew changes no result noticeably


async def check_state_dir(reader: SetupReader) -> Finding:
    sends, config = await reader.read(recent_sends), reader.config
    if isinstance(sends, Refusal):
        return Finding(PROBLEM, str(sends))  # its last sentence is the remedy
    if loss := await reader.context.account.outbox.find_loss():
        return Finding(
            PROBLEM, describe_loss(loss, reader.context.account.presenter()), LOSS_REMEDY
        )
    if config.database is not None:
        location = describe_location(config.database.get_secret_value())
        return Finding(OK, f"Using {location}; the audit log is in {config.state_path}.")
    if config.is_sandbox and not config.state_dir:
        return Finding(OK, "Temporary; sandbox sends are not saved.")
    return Finding(OK, f"Using {config.state_path}.")


async def check_pause(reader: SetupReader) -> Finding | None:
    pause = await reader.context.account.outbox.find_pause()
    if pause is None:
        return None
    return Finding(PROBLEM, pause.description, "To resume, a person runs: quo-mcp resume")


async def check_us_texting(reader: SetupReader) -> Finding | None:
    """Check whether texts to US numbers are accepted.

    Quo reports a missing A2P registration only when a text is sent, so earlier sends are the source.
    """
    sends = await reader.read(recent_sends)
    if isinstance(sends, Refusal):
        return None
    for send in sends:
        if send.state is SendState.REJECTED and "A2P" in (send.reason or ""):
            return Finding(PROBLEM, send.reason or "")
        if send.state is SendState.SENT and "US" in map(phone_numbers.region_of, send.to):
            return Finding(OK, "Quo accepted the latest text to a US number.")
    return Finding(
        UNKNOWN,
        "Not known until a text is sent to a US number. US texting requires an approved A2P (10DLC) registration.",
    )


async def check_send_limits(reader: SetupReader) -> Finding | None:
    """Check how much of the limits is used, and whether the gateway limited one of the requests."""
    sends, config, now = (
        await reader.read(recent_sends),
        reader.config,
        reader.context.account.now(),
    )
    if isinstance(sends, Refusal):
        return None
    counted = [send for send in sends if send.state is not SendState.REJECTED]

    def count_since(start: datetime) -> int:
        return sum(len(send.to) for send in counted if send.created_at > start)

    usage = [
        (count_since(now - timedelta(hours=1)), config.max_per_hour, "hour", "MAX_PER_HOUR"),
        (count_since(now - timedelta(days=1)), config.max_per_day, "day", "MAX_PER_DAY"),
    ]
    counts = [f"{used} of {limit} in the last {period}" for used, limit, period, _ in usage]
    summary = f"Texts sent: {', '.join(counts)}."
    reached = [f"QUO_MCP_{setting}" for used, limit, _, setting in usage if used >= limit]
    if any(isinstance(error, RateLimited) for error in reader.errors):
        summary += " A request was rate-limited during this check. Another program may be using the same key."
    elif not reached:
        return Finding(OK, summary)
    raising = f"Wait, or raise {' and '.join(reached)}."
    return Finding(NOTE, summary, raising if reached else "Wait a minute, then check again.")


async def check_clock(reader: SetupReader) -> Finding | None:
    """Check this machine's clock by the dates of the gateway's replies."""
    if reader.config.is_sandbox:
        return None
    if not await was_reached(reader):
        return Finding(UNKNOWN, f"Not checked: {reader.peer.name} did not reply.")
    skew = reader.context.account.gateway.clock_skew
    if abs(skew) <= MAX_SKEW:
        return Finding(OK, f"No difference from {reader.peer.name}'s clock was found.")
    amount = format_duration(abs(skew.total_seconds()))
    direction = "behind" if skew > timedelta() else "ahead of"
    return Finding(
        NOTE,
        f"This machine's clock is {amount} {direction} {reader.peer.name}'s. This affects relative times, quiet hours and the age of messages.",
        "Correct the clock, preferably with network time (NTP).",
    )


async def check_assumptions(reader: SetupReader) -> Finding | None:
    """Report which assumptions about Quo were verified on this account by `quo-mcp doctor --live`."""
    if reader.config.is_sandbox:
        return None
    account = reader.context.account
    try:
        verdicts = await anyio.to_thread.run_sync(account.verdict_store.load, account.id)
    except DatabaseUnavailable:
        return None  # the check of the state directory reports it
    if not verdicts:
        return Finding(
            UNKNOWN,
            "Not verified: this server was built to Quo's published documents.",
            "To verify what it assumes on your account, a person can run: quo-mcp doctor --live",
        )
    failed = [verdict for verdict in verdicts.values() if verdict.holds is False]
    holding = sum(verdict.holds is True for verdict in verdicts.values())
    checked_at = max(verdict.checked_at for verdict in verdicts.values())
    day = times.format_day(checked_at, zone=account.zone)
    summary = f"Verified on this account on {day}: {holding} of {len(verdicts)} hold."
    if not failed:
        return Finding(OK, summary)
    consequences = " ".join(ASSUMPTIONS[verdict.assumption].consequence for verdict in failed)
    names = ", ".join(verdict.assumption.value for verdict in failed)
    return Finding(NOTE, f"{summary} Not on this account: {names}.", consequences)


async def check_time_zone(reader: SetupReader) -> Finding:
    """Check that the time zone is not merely a server's default of UTC."""
    zone = reader.context.account.zone.key
    if reader.config.time_zone:
        return Finding(OK, f"{zone} (set in QUO_MCP_TIME_ZONE).")
    if zone not in {"UTC", "Etc/UTC"}:
        return Finding(OK, f"{zone} (from this machine).")
    return Finding(
        NOTE,
        f'{zone} (from this machine). Relative times such as "today" or "9 am" use this zone.',
        "If your team is in another time zone, set QUO_MCP_TIME_ZONE, e.g. to America/New_York.",
    )
