"""The file of the audit log: one JSON line per record, each with the hash of the line before. Several processes share it."""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from quo_mcp.store.file_lock import lock_file, unlock_file

FILE_NAME = "audit.jsonl"
FIRST_PREVIOUS_HASH = "0" * 64  # the "before" of the first line
MAX_LINE_BYTES = 4096

Record = Mapping[str, Any]


@contextlib.contextmanager
def locked_file(path: Path, *, wait: bool = True) -> Iterator[BinaryIO]:
    """Open the log for appending, alone among all processes. A missing file is created.

    Raises:
        OSError: the file cannot be opened, or with `wait=False`, another process has it.
    """
    is_current = False
    while not is_current:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
        except FileNotFoundError:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with open(descriptor, "r+b", buffering=0) as file:  # noqa: PTH123 - opened by descriptor, to set its mode
            if hasattr(os, "fchmod"):
                os.fchmod(descriptor, 0o600)
            lock_file(descriptor, wait=wait)
            try:
                is_current = _is_at(path, descriptor)
                if is_current:
                    yield file
            finally:
                unlock_file(descriptor)


def _is_at(path: Path, descriptor: int) -> bool:
    """Return whether an open file still is the one at the path: while this waited, it may have been replaced."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def append_records(file: BinaryIO, records: Iterable[Record]) -> None:
    """Append records to the open log, each linked to the line before it."""
    previous = last_line(file)
    # A line cut off by a crash stays, for `verify` to report; the next line starts after it.
    text = b"\n" if previous and not previous.endswith(b"\n") else b""
    previous_hash = hash_line(previous) if previous else FIRST_PREVIOUS_HASH
    for record in records:
        line = format_line(record, previous_hash)
        previous_hash = hash_line(line)
        text += line
    write_whole(file, text)


def format_line(record: Record, previous_hash: str) -> bytes:
    return json.dumps({**record, "before": previous_hash}).encode() + b"\n"


def format_time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def read_record(line: bytes) -> dict[str, Any] | None:
    """Return the record of a line, or None if the line is damaged."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and "before" in record else None


def write_whole(file: BinaryIO, text: bytes) -> None:
    """Append all of a text or nothing: a full disk may take only a part, which would break the chain."""
    size = file.seek(0, os.SEEK_END)
    try:
        while text:
            text = text[file.write(text) :]
    except OSError:
        with contextlib.suppress(OSError):
            file.truncate(size)
        raise


def replace_content(path: Path, file: BinaryIO, text: bytes) -> None:
    """Replace the content of the locked log by another one. A crash leaves the old one or the new one."""
    if os.name == "nt":  # an open file cannot be replaced there
        file.truncate(0)
        write_whole(file, text)
        return
    temporary = path.with_suffix(f"{path.suffix}.{os.getpid()}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with open(descriptor, "wb") as copy:  # noqa: PTH123 - opened by descriptor, to set its mode
            copy.write(text)
            copy.flush()
            os.fsync(copy.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def last_line(file: BinaryIO) -> bytes:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 2 * MAX_LINE_BYTES))
    *_, complete, partial = (b"", *file.read(2 * MAX_LINE_BYTES).split(b"\n"))
    return partial or (complete and complete + b"\n")


def hash_line(line: bytes) -> str:
    return hashlib.sha256(line.rstrip(b"\n")).hexdigest()
