"""Lists of sends and opt-outs as JSON, as plain lines (for a pipe) or as a table (for a terminal)."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from quo_mcp.cli.console import Terminal
from quo_mcp.cli.tables import Cell, format_table
from quo_mcp.config.settings import Settings
from quo_mcp.safety.opt_out_store import OptOut
from quo_mcp.safety.send_record import SendRecord, SendState
from quo_mcp.tools.rendering import format_number
from quo_mcp.tools.send_outcome import describe
from quo_mcp.values import times
from quo_mcp.values.times import utc_now
from quo_mcp.values.untrusted import inline

COLORS = {SendState.SENT: 32, SendState.REJECTED: 31, SendState.UNKNOWN: 33}
OMITTED_FIELDS = {"fingerprint", "account"}  # internal to the server
JSON_NAMES = {"idempotency_key": "key", "allow_duplicate": "again"}
"""The keys of --json that differ from the names of the fields."""


def format_sends(
    sends: Sequence[SendRecord],
    settings: Settings,
    terminal: Terminal,
    *,
    as_json: bool,
    now: datetime,
) -> str:
    if as_json:
        return _to_json("sends", sends)
    if not sends:
        return "Nothing was sent yet."
    if not terminal.width:
        return "\n".join(f"{send.send_id}  {describe(send)}" for send in sends)
    rows = [
        [
            Cell(_format_time(send.began_at or send.created_at, settings, now)),
            Cell(send.state, COLORS.get(send.state, 0)),
            Cell(", ".join(map(format_number, send.to))),
            Cell(inline(send.reason or send.text or "", 500)),
        ]
        for send in sends
    ]
    headings = ("When", "State", "To", "Text, or why not")
    table = format_table(headings, rows, width=terminal.width, color=terminal.color)
    unknown_ids = [send.send_id for send in sends if send.state is SendState.UNKNOWN]
    notes = [
        f"To stop waiting for the unknown one: quo-mcp sends --give-up {send_id}"
        for send_id in unknown_ids
    ]
    return "\n".join([table, *notes])


def format_opt_outs(
    opt_outs: Sequence[OptOut], settings: Settings, terminal: Terminal, *, as_json: bool
) -> str:
    if as_json:
        return _to_json("optouts", opt_outs)
    if not opt_outs:
        return "Nobody has asked not to be texted."
    if not terminal.width:
        return "\n".join(
            f"{opt_out.number}  since {opt_out.since:%Y-%m-%d %H:%M} UTC, {opt_out.source}: {inline(opt_out.words)}"
            for opt_out in opt_outs
        )
    now = utc_now()
    rows = [
        [
            Cell(format_number(opt_out.number)),
            Cell(_format_time(opt_out.since, settings, now)),
            Cell(opt_out.source),
            Cell(inline(opt_out.words, 500)),
        ]
        for opt_out in opt_outs
    ]
    headings = ("Number", "Since", "Because", "Words")
    return format_table(headings, rows, width=terminal.width, color=terminal.color)


def _format_time(moment: datetime, settings: Settings, now: datetime) -> str:
    zone = times.find_zone(settings.time_zone) if settings.time_zone else times.local_zone()
    return times.format_time(moment, now=now, zone=zone)


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
