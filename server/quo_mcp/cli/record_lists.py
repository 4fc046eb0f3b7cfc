"""What is kept about sends and opt-outs, as a list: for programs, for a pipe, or for a person who looks."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from quo_mcp.cli.console import Terminal
from quo_mcp.cli.tables import Cell, table
from quo_mcp.config.settings import Config
from quo_mcp.safety.opt_out_store import OptOut
from quo_mcp.safety.send_record import SendRecord, State, in_words
from quo_mcp.server.account import real_time
from quo_mcp.tools.rendering import dialled
from quo_mcp.values import times
from quo_mcp.values.untrusted import inline

COLOURS = {State.SENT: 32, State.REJECTED: 31, State.UNKNOWN: 33}
LEFT_OUT = {"fingerprint", "account", "repeated"}  # which say nothing to anybody else


def sends_of(
    sends: Sequence[SendRecord],
    config: Config,
    terminal: Terminal,
    *,
    as_json: bool,
    now: datetime,
) -> str:
    if as_json:
        return _document("sends", sends)
    if not sends:
        return "Nothing was sent yet."
    if not terminal.width:
        return "\n".join(f"{each.send_id}  {in_words(each)}" for each in sends)
    rows = [
        [
            Cell(_when(each.began_at or each.created_at, config, now)),
            Cell(each.state, COLOURS.get(each.state, 0)),
            Cell(", ".join(map(dialled, each.to))),
            Cell(inline(each.reason or each.text or "", 500)),
        ]
        for each in sends
    ]
    head = ("When", "State", "To", "Text, or why not")
    shown = table(head, rows, width=terminal.width, colour=terminal.colour)
    open_ones = [each.send_id for each in sends if each.state is State.UNKNOWN]
    notes = [
        f"To stop waiting for the unknown one: quo-mcp sends --give-up {each}" for each in open_ones
    ]
    return "\n".join([shown, *notes])


def optouts_of(
    optouts: Sequence[OptOut], config: Config, terminal: Terminal, *, as_json: bool
) -> str:
    if as_json:
        return _document("optouts", optouts)
    if not optouts:
        return "Nobody has asked not to be texted."
    if not terminal.width:
        return "\n".join(
            f"{each.number}  since {each.since:%Y-%m-%d %H:%M} UTC, {each.source}: {inline(each.words)}"
            for each in optouts
        )
    now = real_time()
    rows = [
        [
            Cell(dialled(each.number)),
            Cell(_when(each.since, config, now)),
            Cell(each.source),
            Cell(inline(each.words, 500)),
        ]
        for each in optouts
    ]
    head = ("Number", "Since", "Because", "Words")
    return table(head, rows, width=terminal.width, colour=terminal.colour)


def _when(moment: datetime, config: Config, now: datetime) -> str:
    zone = times.zone_named(config.time_zone) if config.time_zone else times.local_zone()
    return times.when(moment, now=now, zone=zone)


def _document(name: str, records: Sequence[Any]) -> str:
    """Moments are in UTC, as ISO 8601 has them."""
    listed = [
        {field: value for field, value in asdict(each).items() if field not in LEFT_OUT}
        for each in records
    ]
    return json.dumps({name: listed}, indent=2, ensure_ascii=False, default=_told)


def _told(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
