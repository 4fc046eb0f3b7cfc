"""The audit log: one JSON line per tool call, with its outcome.

A call that changes or sends something has one more line, "started", which is written before it acts. So
no change lacks a line, even if the disk is full or the process ends before the outcome is known.

A line holds the time, the tool, its effect, its outcome, a fingerprint of the arguments, the last four
digits of each recipient, who signed in, and the SHA-256 of the previous line. It holds no text and no full number.
Changing, deleting or inserting a line breaks the hash chain: see `audit_chain`.

Lines are written without fsync: a crash of this process loses none, but a power failure may lose the
last ones. Several processes may share the file.

If the log cannot be written, no tool may change or send anything. A failed write after an action does
not hide its result; it causes a warning in the process log.
"""

import contextlib
import errno
import hmac
import json
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO, TextIO

import anyio
import anyio.lowlevel
import anyio.to_thread

from quo_mcp.errors import PolicyRefusal
from quo_mcp.safety.audit_chain import remove_before
from quo_mcp.safety.audit_file import append_records, format_time, locked_file

logger = logging.getLogger(__name__)

REMOVE_EVERY = timedelta(days=1)


@dataclass(slots=True)
class AuditEntry:
    """The audit record of one tool call, filled in during the call.

    outcome: "started", "done", "partly done", "unknown" (it may have been done), "refused" (nothing was done),
        "asked" (a person was asked), "crashed", or by default "cancelled".
    reason: the class of a refusal or crash, or the state of a text. The latter is "sent" or "unknown"
        for a text of this call, "repeated" for a duplicate, and "preview" for a dry run.
    last_digits: the last four digits of each recipient.
    approved: whether a person approved the call.
    principal: the email address, or else the subject, of the person who signed in.
    """

    tool: str
    effect: str = ""
    outcome: str = "cancelled"
    reason: str = ""
    fingerprint: str = ""
    last_digits: tuple[str, ...] = ()
    approved: bool = False
    principal: str = ""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Entries that are written together. written: set once that was done, or has failed."""

    entries: list[AuditEntry]
    written: anyio.Event


class AuditLog:
    """The audit log file. It is created on first use and readable only by its owner.

    path: None disables the log.
    secret: the key of the fingerprints. Without it, anyone could find a phone number by trying all.
    retention: how long lines are kept; None for unlimited time.
    certain_now: returns a time that has certainly passed, or None. Lines are removed only by this one.
    copy_to: gets a copy of each line, without its link to the line before.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        now: Callable[[], datetime],
        secret: str,
        retention: timedelta | None = None,
        certain_now: Callable[[], datetime | None] = lambda: None,
        copy_to: TextIO | None = None,
    ) -> None:
        self._path = path
        self._now = now
        self._retention = retention
        self._certain_now = certain_now
        self._copy_to = copy_to
        self._removed_at: datetime | None = None
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
                await self._remove_expired()
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

    async def _remove_expired(self) -> None:
        """Remove the lines that are older than the retention. A failure is logged, and tried again the next day."""
        if self._retention is None or self._path is None or (now := self._certain_now()) is None:
            return
        if self._removed_at is not None and now - self._removed_at < REMOVE_EVERY:
            return
        self._removed_at = now
        remove = partial(remove_before, self._path, now - self._retention, self._now())
        try:
            await anyio.to_thread.run_sync(remove, limiter=self._thread_limiter)
        except OSError as error:
            logger.warning("Old lines of the audit log could not be removed: %s", error.strerror)

    def _check_writable(self) -> None:
        with self._locked_file():
            pass

    def _append(self, *entries: AuditEntry, wait: bool = True) -> None:
        at = format_time(self._now())
        records = [{"at": at, **_fields(entry)} for entry in entries]
        with self._locked_file(wait=wait) as file:
            append_records(file, records)
        if self._copy_to is not None:
            with contextlib.suppress(OSError, ValueError):  # a log collector that has ended
                self._copy_to.write("".join(f"{json.dumps(record)}\n" for record in records))
                self._copy_to.flush()

    def _locked_file(self, *, wait: bool = True) -> AbstractContextManager[BinaryIO]:
        if self._path is None:
            raise ValueError("the audit log is disabled")
        return locked_file(self._path, wait=wait)


def _fields(entry: AuditEntry) -> dict[str, object]:
    """Return the non-empty fields under their names in the log."""
    fields = {
        "who": entry.principal,
        "tool": entry.tool,
        "effect": entry.effect,
        "outcome": entry.outcome,
        "why": entry.reason,
        "fingerprint": entry.fingerprint,
        "people": entry.last_digits,
        "approved": entry.approved,
    }
    return {name: value for name, value in fields.items() if value}
