"""Lists of sends and opt-outs as JSON, as plain lines (for a pipe) or as a table (for a terminal)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from quo_mcp.cli.console import Terminal
from quo_mcp.cli.tables import Cell, format_table
from quo_mcp.config.settings import Settings
from quo_mcp.safety.opt_out_store import OptOut
from quo_mcp.safety.send_record import SendRecord, SendState
from quo_mcp.server.account import open_account
from quo_mcp.tools.rendering import heading
from quo_mcp.values import times
from quo_mcp.values.untrusted import inline, inline_number, quote_inline

COLORS = {SendState.SENT: 32, SendState.REJECTED: 31, SendState.UNKNOWN: 33}
OMITTED_FIELDS = {"fingerprint", "account"}  # internal to the server
JSON_NAMES = {"idempotency_key": "key", "allow_duplicate": "again"}
"""The keys of --json that differ from the names of the fields."""
SOURCES = {
    "they wrote it": "their message",
    "carrier": "carrier's report",
    "agent": "added by an agent",
    "a person set it": "added by a person",
}
"""How the stored sources of an opt-out are shown."""
NAMES_TIMEOUT = 5.0  # seconds
STATUS_TIMEOUT = 5.0
MAX_STATUSES = 20  # read again, the newest


def read_again(
    sends: Sequence[SendRecord], settings: Settings, *, sandbox: bool = False
) -> tuple[list[SendRecord], dict[str, str]]:
    """Return the sends with the delivery statuses that Quo reports now, and how to show their numbers.

    A number is shown as `Jane Whitaker (+1 415 555 0111)`, or alone if the name is not known. Names come from the
    account's contacts. What cannot be read in time, or without a key, stays as it is.
    """
    import anyio  # noqa: PLC0415

    by_id = {send.send_id: send for send in sends}
    if sandbox:
        settings = settings.model_copy(update={"api_key": None, "quo_api_key": None})
    if not sends or (settings.is_sandbox and not sandbox):
        return [*sends], {}

    async def read() -> dict[str, str]:
        async with open_account(settings) as account:

            async def read_status(send: SendRecord) -> None:
                by_id[send.send_id] = await account.outbox.refresh_status(send)

            with anyio.move_on_after(STATUS_TIMEOUT):
                async with anyio.create_task_group() as task_group:
                    for send in [send for send in sends if send.is_delivery_open][:MAX_STATUSES]:
                        task_group.start_soon(read_status, send)
            await account.directory.wait_until_loaded(NAMES_TIMEOUT)
            presenter = account.presenter()
            return {number: presenter.person(number) for send in sends for number in send.to}

    labels = anyio.run(read)
    return [*by_id.values()], labels


def format_sends(
    sends: Sequence[SendRecord],
    settings: Settings,
    terminal: Terminal,
    *,
    as_json: bool,
    labels: Mapping[str, str] | None = None,
) -> str:
    """Format the sends. labels: how to show a number; the default is the number alone."""
    if as_json:
        return _to_json("sends", sends)
    if not sends:
        return "No texts sent yet."

    def people(send: SendRecord) -> str:
        return ", ".join((labels or {}).get(number) or inline_number(number) for number in send.to)

    if terminal.width:
        rows = [
            [
                Cell(format_moment(send.began_at or send.created_at, settings)),
                Cell(send.state.label, COLORS.get(send.state, 0)),
                Cell(people(send)),
                Cell(heading(_words(send), send.reason, _delivery(send))),
            ]
            for send in sends
        ]
        columns = ("When", "State", "To", "Text")
        lines = [format_table(columns, rows, width=terminal.width, color=terminal.color)]
    else:
        lines = [
            heading(
                format_moment(send.began_at or send.created_at, settings),
                send.state.label,
                people(send),
                _words(send),
                send.reason,
                _delivery(send),
                send.send_id,
            )
            for send in sends
        ]
    lines += [
        "Outcome unknown: check in Quo whether it was sent. "
        + (
            f"To abandon it: quo-mcp sends --abandon {send.send_id}"
            if terminal.width
            else f"A person can abandon {send.send_id} on a terminal."
        )
        for send in sends
        if send.state is SendState.UNKNOWN
    ]
    if any(send.is_delivery_open for send in sends):
        lines.append('A status after "not delivered yet" is as last read from Quo.')
    return "\n".join([*lines, zone_line(settings)])


def _delivery(send: SendRecord) -> str | None:
    """Return the delivery status of a text that is not known to have been delivered."""
    if send.is_undelivered:
        return inline(send.status or "")
    return (
        f"not delivered yet: {inline(send.status or 'unknown')}" if send.is_delivery_open else None
    )


def _words(send: SendRecord) -> str:
    """Return the text on one line; the journal deletes it a day after its outcome is known."""
    return quote_inline(send.text, 500) if send.text else "(text no longer stored)"


def format_opt_outs(
    opt_outs: Sequence[OptOut], settings: Settings, terminal: Terminal, *, as_json: bool
) -> str:
    if as_json:
        return _to_json("optouts", opt_outs)
    if not opt_outs:
        return "The do-not-text list is empty."
    if not terminal.width:
        lines = [
            heading(
                inline_number(opt_out.number),
                f"since {format_moment(opt_out.since, settings)}",
                SOURCES[opt_out.source],
                quote_inline(opt_out.words, 500),
            )
            for opt_out in opt_outs
        ]
        return "\n".join([*lines, zone_line(settings)])
    rows = [
        [
            Cell(inline_number(opt_out.number)),
            Cell(format_moment(opt_out.since, settings)),
            Cell(SOURCES[opt_out.source]),
            Cell(inline(opt_out.words, 500)),
        ]
        for opt_out in opt_outs
    ]
    columns = ("Number", "Since", "Reason", "Words")
    table = format_table(columns, rows, width=terminal.width, color=terminal.color)
    return "\n".join([table, zone_line(settings)])


def format_moment(moment: datetime, settings: Settings) -> str:
    return times.format_time(moment, zone=_zone(settings))


def _zone(settings: Settings) -> ZoneInfo:
    return times.find_zone(settings.time_zone) if settings.time_zone else times.local_zone()


def zone_line(settings: Settings) -> str:
    return f"Times are in {_zone(settings).key}."


def _to_json(name: str, records: Sequence[Any]) -> str:
    """Return the records as JSON. Times are in UTC, in ISO 8601."""
    items = [
        {
            JSON_NAMES.get(field, field): value
            for field, value in asdict(record).items()
            if field not in OMITTED_FIELDS
        }
        for record in records
    ]
    return json.dumps({name: items}, indent=2, ensure_ascii=False, default=_encode_value)


def _encode_value(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
