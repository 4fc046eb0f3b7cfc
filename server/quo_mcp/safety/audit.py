"""The audit log: one line for every call of a tool, whatever became of it.

A line is a JSON object: when, which tool, what it does, what became of it, a fingerprint of its
arguments (the same for the same call), the last four digits of whom it was about, and the SHA-256
of the line before. No words of anybody, and no whole number. So a line that is changed, taken out
or put in breaks the chain; `verify` says what it takes to see the rest.

Lines are handed to the operating system, not forced to the disk: a crash of this process loses
none, a power cut may lose the last. Several processes share the file.

Where it cannot be written, nothing is changed or sent: what nobody could account for must not
happen. What has happened by then is still told, with a warning in the log of this process.
"""

import contextlib
import hashlib
import hmac
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import anyio.to_thread

from quo_mcp.errors import Forbidden

if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO, *, wait: bool) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)

    def _unlock(file: BinaryIO) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _lock(file: BinaryIO, *, wait: bool) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))

    def _unlock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


logger = logging.getLogger(__name__)

NAME = "audit.jsonl"
START = "0" * 64  # what the first line has for the hash of the one before
LONGEST = 4096  # bytes; no line is longer


@dataclass(slots=True)
class Line:
    """What is said of one call; it is filled in while the call is under way.

    outcome: "done", "partly done", "unknown" (it may have been done), "refused" (nothing was done),
        "asked" (a person), "crashed"; "cancelled" where nothing else came.
    why: the kind of refusal, or what became of a text: "sent" or "unknown" by this very call, "repeated"
        where it only told of an earlier one, "preview" for a dry run. people: the last four digits of each. approved: whether a person said yes.
    """

    tool: str
    effect: str = ""
    outcome: str = "cancelled"
    why: str = ""
    fingerprint: str = ""
    people: tuple[str, ...] = ()
    approved: bool = False


class Audit:
    """The log in a file of its own, made when first needed, for its owner's eyes only.

    path: None keeps none. secret: without it a fingerprint gives nothing away; there are few enough
    phone numbers to try them all.
    """

    def __init__(self, path: Path | None, *, now: Callable[[], datetime], secret: str) -> None:
        self._path = path
        self._now = now
        self._secret = f"quo-mcp audit {secret}".encode()
        # A lock of our own too: one process writes one line at a time, without a crowd of threads.
        self._turn = anyio.CapacityLimiter(1)

    def fingerprint(self, tool: str, arguments: object) -> str:
        """The same for the same call through the same key; told apart from others by 64 bits."""
        whole = json.dumps([tool, arguments], sort_keys=True, default=str)
        return hmac.new(self._secret, whole.encode(), hashlib.sha256).hexdigest()[:16]

    async def ready(self) -> None:
        """Whether a line could be written now.

        Raises:
            Forbidden: it could not.
        """
        if self._path is None:
            return
        try:
            await anyio.to_thread.run_sync(self._try, limiter=self._turn)
        except OSError as fault:
            raise Forbidden(
                f"Nothing was done: the audit log at {self._path} cannot be written ({fault.strerror}), and without it nothing "
                "is changed or sent. A person has to mend that, or set QUO_MCP_AUDIT=false."
            ) from fault

    async def write(self, line: Line) -> None:
        """Puts the line at the end. Raises nothing: what it tells of has happened."""
        if self._path is None:
            return
        try:
            try:
                # A line is in the page cache sooner than a thread would wake: only a wait is for threads.
                self._append(line, wait=False)
            except (
                BlockingIOError,
                PermissionError,
            ):  # another process writes (Windows says the latter)
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(self._append, line, limiter=self._turn)
        except OSError as fault:
            logger.warning("the audit log misses a call of %s: %s", line.tool, fault.strerror)

    def _try(self) -> None:
        with self._opened():
            pass

    def _append(self, line: Line, *, wait: bool = True) -> None:
        at = self._now().astimezone(UTC).isoformat(timespec="milliseconds")
        with self._opened(wait=wait) as file:
            before = _last_line(file)
            told = {name: value for name in Line.__slots__ if (value := getattr(line, name))}
            whole = json.dumps({"at": at, **told, "before": _hash(before) if before else START})
            # What a crash left without its end stays, and is seen by whoever verifies.
            mend = b"\n" if before and not before.endswith(b"\n") else b""
            file.write(mend + whole.encode() + b"\n")

    @contextlib.contextmanager
    def _opened(self, *, wait: bool = True) -> Iterator[BinaryIO]:
        path = self._path
        if path is None:
            raise ValueError("no audit log is kept")
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
        except FileNotFoundError:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with open(descriptor, "r+b", buffering=0) as file:  # noqa: PTH123 - a descriptor, for its mode
            if hasattr(os, "fchmod"):
                os.fchmod(descriptor, 0o600)
            _lock(file, wait=wait)
            try:
                yield file
            finally:
                _unlock(file)


@dataclass(frozen=True)
class Verdict:
    """faults: what is wrong with the chain, in sentences. count: its lines. last: the hash of the last one."""

    faults: list[str]
    count: int
    last: str


def verify(path: Path) -> Verdict:
    """Whether a log is whole, as far as it can tell by itself.

    The hashes have no key: a person has to be able to check a log long after the API key of then is
    gone. So who may write the file can make a chain of his own, or leave lines out at the end; it
    takes a count or a hash that was noted elsewhere to see that.
    """
    faults = []
    before = START
    *lines, rest = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, 1):
        try:
            told = json.loads(line)
            linked = told["before"] == before
        except (ValueError, TypeError, KeyError, RecursionError):
            faults.append(f"Line {number} is no line of this log, or not whole.")
        else:
            if not linked:
                faults.append(f"Line {number} does not follow on the line before it.")
        before = _hash(line)
    if rest:
        faults.append(f"Line {len(lines) + 1} has no end: it is no line of this log, or not whole.")
    return Verdict(faults, len(lines), before)


def _last_line(file: BinaryIO) -> bytes:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 2 * LONGEST))
    *_, start, rest = (b"", *file.read().split(b"\n"))
    return rest or (start and start + b"\n")


def _hash(line: bytes) -> str:
    return hashlib.sha256(line.rstrip(b"\n")).hexdigest()
