"""The hash chain of the audit log: its verification, and the two changes after which it can still be verified.

The oldest lines can be removed. An anchor then is the first line: it has the number of the removed lines and, as its
"before", the hash of the last of them, which the next line continues.

What a line says about a person can be removed. The line then has the hash that it had before under "redacted", which
the next line continues.

Each such change ends with a line of its own in the chain, which confirms the anchor and the redacted lines as they
are then. So neither can be forged by changing those lines alone.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from quo_mcp.safety.audit_file import (
    FIRST_PREVIOUS_HASH,
    format_line,
    format_time,
    hash_line,
    locked_file,
    read_record,
    replace_content,
)

PERSONAL_FIELDS = ("people", "fingerprint")


@dataclass(frozen=True)
class ChainReport:
    """The result of `verify`. problems: sentences. count: the number of lines. last_hash: of the last line.

    removed: the number of lines that were removed from the beginning, because they were older than the retention.
    redacted: the number of lines from which a person was removed.
    """

    problems: list[str]
    count: int
    last_hash: str
    removed: int = 0
    redacted: int = 0


class _Anchor(NamedTuple):
    """Where the chain begins. hash: that of the last removed line. problems: those of the removed lines."""

    removed: int = 0
    hash: str = FIRST_PREVIOUS_HASH
    problems: int = 0


def verify(path: Path) -> ChainReport:
    """Verify the hash chain of a log.

    The hashes are not keyed, so that a log can be verified after its API key is gone. Anyone who can
    write the file can therefore rewrite the whole chain or delete its last lines. To detect that, compare
    the count or the last hash with a copy stored elsewhere.
    """
    *lines, partial = path.read_bytes().split(b"\n")
    anchor, anchor_lines = _read_anchor(lines)
    problems, previous_hash = _broken_links(lines[anchor_lines:], anchor.hash, anchor_lines + 1)
    if anchor.problems:
        problems.insert(
            0, f"The removed lines had {anchor.problems} damaged or inconsistent lines."
        )
    redacted = _redacted_lines(lines)
    if (anchor_lines or redacted) and not _is_confirmed(lines, anchor):
        problems.append(
            "The record of removed or redacted lines does not match: lines were removed or changed by something other than this server."
        )
    if partial:
        problems.append(
            f"Line {len(lines) + 1} does not end with a line break: it is damaged or incomplete."
        )
    return ChainReport(problems, len(lines), previous_hash, anchor.removed, len(redacted))


def remove_before(path: Path, cutoff: datetime, now: datetime) -> int:
    """Remove the lines before a time from the beginning of a log, and return their number.

    Raises:
        OSError: the log cannot be read or written.
    """
    limit = format_time(cutoff)

    def remove(lines: list[bytes]) -> tuple[list[bytes], int]:
        anchor, anchor_lines = _read_anchor(lines)
        old = lines[anchor_lines:]
        count = 0
        for number, line in enumerate(old, 1):
            record = read_record(line)
            if record is not None:
                if str(record.get("at", "")) >= limit:
                    break
                count = number
        if not count:
            return lines, 0
        problems, last_hash = _broken_links(old[:count], anchor.hash, 1)
        record = {
            "at": format_time(now),
            "removed": anchor.removed + count,
            "problems": anchor.problems + len(problems),
        }
        first = format_line({name: value for name, value in record.items() if value}, last_hash)
        return [first.rstrip(b"\n"), *old[count:]], count

    return _change(path, remove, "retention", now)


def redact(path: Path, endings: Collection[str], now: datetime) -> int:
    """Remove from a log what it says about people whose numbers have these endings, and return the number of lines.

    endings: four digits each, as the lines have them. Lines about others with the same ending are redacted too.

    Raises:
        OSError: the log cannot be read or written.
    """

    def remove(lines: list[bytes]) -> tuple[list[bytes], int]:
        changed, count = [], 0
        for line in lines:
            record = read_record(line)
            if record is None or not set(endings) & set(record.get("people", ())):
                changed.append(line)
                continue
            before = record.pop("before")
            remaining = {
                name: value for name, value in record.items() if name not in PERSONAL_FIELDS
            }
            changed.append(
                format_line(remaining | {"redacted": hash_line(line)}, before).rstrip(b"\n")
            )
            count += 1
        return changed, count

    return _change(path, remove, "forget", now)


def _change(
    path: Path,
    change: Callable[[list[bytes]], tuple[list[bytes], int]],
    reason: str,
    now: datetime,
) -> int:
    """Change the lines of a log, and confirm the change with a line at the end. Return the number of lines concerned."""
    if not path.exists():
        return 0
    with locked_file(path) as file:
        content = file.read()
        *lines, partial = content.split(b"\n")
        changed, count = change(lines)
        if not count:
            return 0
        changed += [partial] if partial else []
        anchor, anchor_lines = _read_anchor(changed)
        _, last_hash = _broken_links(changed[anchor_lines:], anchor.hash, 1)
        record = {"at": format_time(now), "tool": reason, "effect": "delete", "outcome": "done"}
        last = format_line(record | _confirmation(changed, anchor), last_hash)
        replace_content(path, file, b"".join(line + b"\n" for line in changed) + last)
    return count


def _broken_links(
    lines: Sequence[bytes], previous_hash: str, first_number: int
) -> tuple[list[str], str]:
    """Return the problems of lines that continue a hash, and the hash that the next line must continue."""
    problems = []
    for number, line in enumerate(lines, first_number):
        record = read_record(line)
        if record is None:
            problems.append(f"Line {number} is damaged or incomplete.")
        elif record["before"] != previous_hash:
            problems.append(
                f"Line {number} does not follow the line before it: a line was changed, deleted or inserted."
            )
        previous_hash = _chain_hash(line, record)
    return problems, previous_hash


def _chain_hash(line: bytes, record: dict[str, Any] | None) -> str:
    """Return the hash that the line after this one must have as its "before"."""
    redacted = record and record.get("redacted")
    return redacted if isinstance(redacted, str) else hash_line(line)


def _read_anchor(lines: Sequence[bytes]) -> tuple[_Anchor, int]:
    """Return the anchor, and how many lines it takes: one or none."""
    record = read_record(lines[0]) if lines else None
    if record is None or "tool" in record or not isinstance(record.get("removed"), int):
        return _Anchor(), 0
    return _Anchor(record["removed"], str(record["before"]), int(record.get("problems", 0))), 1


def _redacted_lines(lines: Sequence[bytes]) -> list[bytes]:
    return [line for line in lines if "redacted" in (read_record(line) or {})]


def _confirmation(lines: Sequence[bytes], anchor: _Anchor) -> dict[str, Any]:
    """Return what the line of a change says about the anchor and the redacted lines."""
    redacted = _redacted_lines(lines)
    digest = hashlib.sha256("".join(map(hash_line, redacted)).encode()).hexdigest()
    return {
        "removed": anchor.removed,
        "anchor": anchor.hash,
        "redactions": len(redacted),
        "digest": digest,
    }


def _is_confirmed(lines: Sequence[bytes], anchor: _Anchor) -> bool:
    """Return whether the last line of a change confirms the anchor and the redacted lines."""
    expected = _confirmation(lines, anchor)
    records = (read_record(line) for line in reversed(lines))
    latest = next((record for record in records if record and "redactions" in record), {})
    return {name: latest.get(name) for name in expected} == expected
