"""The audit log: one JSON line per tool call, with its outcome.

A call that changes or sends something has one more line, "started", which is written before it acts. So
no change lacks a line, even if the disk is full or the process ends before the outcome is known.

A line holds the time, the tool, its effect, its outcome, a fingerprint of the arguments, the last four
digits of each recipient, and the SHA-256 of the previous line. It holds no text and no full number.
Changing, deleting or inserting a line breaks the hash chain; `verify` documents what it cannot detect.

Lines are written without fsync: a crash of this process loses none, but a power failure may lose the
last ones. Several processes may share the file.

If the log cannot be written, no tool may change or send anything. A failed write after an action does
not hide its result; it causes a warning in the process log.
"""

import contextlib
import errno
import hashlib
import hmac
import json
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

import anyio
import anyio.lowlevel
import anyio.to_thread

from quo_mcp.errors import PolicyRefusal
from quo_mcp.store.file_lock import lock_file, unlock_file

logger = logging.getLogger(__name__)

FILE_NAME = "audit.jsonl"
FIRST_PREVIOUS_HASH = "0" * 64  # the "before" of the first line
MAX_LINE_BYTES = 4096


@dataclass(slots=True)
class AuditEntry:
    """The audit record of one tool call, filled in during the call.

    outcome: "started", "done", "partly done", "unknown" (it may have been done), "refused" (nothing was done),
        "asked" (a person was asked), "crashed", or by default "cancelled".
    reason: the class of a refusal or crash, or the state of a text. The latter is "sent" or "unknown"
        for a text of this call, "repeated" for a duplicate, and "preview" for a dry run.
    last_digits: the last four digits of each recipient.
    approved: whether a person approved the call.
    """

    tool: str
    effect: str = ""
    outcome: str = "cancelled"
    reason: str = ""
    fingerprint: str = ""
    last_digits: tuple[str, ...] = ()
    approved: bool = False


@dataclass(frozen=True, slots=True)
class _Batch:
    """Entries that are written together. written: set once that was done, or has failed."""

    entries: list[AuditEntry]
    written: anyio.Event


class AuditLog:
    """The audit log file. It is created on first use and readable only by its owner.

    path: None disables the log.
    secret: the key of the fingerprints. Without it, anyone could find a phone number by trying all.
    """

    def __init__(self, path: Path | None, *, now: Callable[[], datetime], secret: str) -> None:
        self._path = path
        self._now = now
        self._secret = f"quo-mcp audit {secret}".encode()
        self._batch: _Batch | None = None
        # At most one thread at a time waits for the file lock.
        self._thread_limiter = anyio.CapacityLimiter(1)

    def fingerprint(self, tool: str, arguments: object) -> str:
        """Return a keyed 64-bit hash of a call, in hex."""
        call = json.dumps([tool, arguments], sort_keys=True, default=str)
        return hmac.digest(self._secret, call.encode(), "sha256").hex()[:16]

    async def check_writable(self) -> None:
        """Check that a line can be written now.

        Raises:
            PolicyRefusal: the log cannot be written.
        """
        if self._path is None:
            return
        await self._require_log(self._check_writable)

    async def begin(self, entry: AuditEntry) -> None:
        """Write the line of a call that is about to change or send something.

        Raises:
            PolicyRefusal: the line cannot be written, so the call must not act.
        """
        if self._path is not None:
            await self._require_log(partial(self._append, replace(entry, outcome="started")))

    async def _require_log(self, work: Callable[[], None]) -> None:
        try:
            await anyio.to_thread.run_sync(work, limiter=self._thread_limiter)
        except OSError as error:
            remedy = (
                "free disk space"
                if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
                else "make the file writable"
            )
            raise PolicyRefusal(
                f"Not done: the audit log at {self._path} cannot be written ({error.strerror}). Without it, this server changes and "
                f"sends nothing. A person must {remedy}, or set QUO_MCP_AUDIT=false."
            ) from error

    async def append(self, entry: AuditEntry) -> None:
        """Append an entry, and return once it is written. It raises no `OSError`, since the call has already happened.

        Calls that end together share one opening, locking and writing of the file.
        """
        if self._path is None:
            return
        with anyio.CancelScope(shield=True):
            if self._batch is not None:
                self._batch.entries.append(entry)
                await self._batch.written.wait()
                return
            batch = self._batch = _Batch([entry], anyio.Event())
            try:
                await anyio.lowlevel.checkpoint()  # other calls that end now add their entries
                self._batch = None
                await self._write(batch.entries)
            finally:
                batch.written.set()

    async def _write(self, entries: list[AuditEntry]) -> None:
        try:
            try:
                # Writing to the page cache is faster than starting a thread. A thread is only for waiting.
                self._append(*entries, wait=False)
            except (
                BlockingIOError,
                PermissionError,
            ):  # locked by another process (on Windows, the latter)
                await anyio.to_thread.run_sync(self._append, *entries, limiter=self._thread_limiter)
        except OSError as error:
            for entry in entries:
                logger.warning(
                    "a call of %s is missing from the audit log: %s", entry.tool, error.strerror
                )

    def _check_writable(self) -> None:
        with self._locked_file():
            pass

    def _append(self, *entries: AuditEntry, wait: bool = True) -> None:
        at = self._now().astimezone(UTC).isoformat(timespec="milliseconds")
        with self._locked_file(wait=wait) as file:
            previous = _last_line(file)
            # A line cut off by a crash stays, for `verify` to report; the next line starts after it.
            text = b"\n" if previous and not previous.endswith(b"\n") else b""
            previous_hash = _hash(previous) if previous else FIRST_PREVIOUS_HASH
            for entry in entries:
                line = json.dumps({"at": at, **_fields(entry), "before": previous_hash}).encode()
                previous_hash = _hash(line)
                text += line + b"\n"
            _write_all(file, text)

    @contextlib.contextmanager
    def _locked_file(self, *, wait: bool = True) -> Iterator[BinaryIO]:
        path = self._path
        if path is None:
            raise ValueError("the audit log is disabled")
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
                yield file
            finally:
                unlock_file(descriptor)


@dataclass(frozen=True)
class ChainReport:
    """The result of `verify`. problems: sentences. count: the number of lines. last_hash: of the last line."""

    problems: list[str]
    count: int
    last_hash: str


def verify(path: Path) -> ChainReport:
    """Verify the hash chain of a log.

    The hashes are not keyed, so that a log can be verified after its API key is gone. Anyone who can
    write the file can therefore rewrite the whole chain or delete its last lines. To detect that, compare
    the count or the last hash with a copy stored elsewhere.
    """
    problems = []
    previous_hash = FIRST_PREVIOUS_HASH
    *lines, partial = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, 1):
        try:
            is_linked = json.loads(line)["before"] == previous_hash
        except (ValueError, TypeError, KeyError, RecursionError):
            problems.append(f"Line {number} is damaged or incomplete.")
        else:
            if not is_linked:
                problems.append(
                    f"Line {number} does not follow the line before it: a line was changed, deleted or inserted."
                )
        previous_hash = _hash(line)
    if partial:
        problems.append(
            f"Line {len(lines) + 1} does not end with a line break: it is damaged or incomplete."
        )
    return ChainReport(problems, len(lines), previous_hash)


def _fields(entry: AuditEntry) -> dict[str, object]:
    """Return the non-empty fields under their names in the log."""
    fields = {
        "tool": entry.tool,
        "effect": entry.effect,
        "outcome": entry.outcome,
        "why": entry.reason,
        "fingerprint": entry.fingerprint,
        "people": entry.last_digits,
        "approved": entry.approved,
    }
    return {name: value for name, value in fields.items() if value}


def _write_all(file: BinaryIO, text: bytes) -> None:
    """Append all of a text or nothing: a full disk may take only a part, which would break the chain."""
    size = file.seek(0, os.SEEK_END)
    try:
        while text:
            text = text[file.write(text) :]
    except OSError:
        with contextlib.suppress(OSError):
            file.truncate(size)
        raise


def _last_line(file: BinaryIO) -> bytes:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 2 * MAX_LINE_BYTES))
    *_, complete, partial = (b"", *file.read(2 * MAX_LINE_BYTES).split(b"\n"))
    return partial or (complete and complete + b"\n")


def _hash(line: bytes) -> str:
    return hashlib.sha256(line.rstrip(b"\n")).hexdigest()
