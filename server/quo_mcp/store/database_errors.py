"""Why the database cannot be used, and what a person can do about it.

No advice is to use another directory: an empty journal would forget what was sent and who opted out.
"""

import errno
import sqlite3
from pathlib import Path
from typing import NamedTuple

_PRIMARY_CODE = 0xFF  # SQLite's extended result codes have the primary one in the low byte


class LaterVersion(Exception):  # noqa: N818 - as in errors
    """A later version of this server wrote the file."""


class TamperedFile(Exception):  # noqa: N818 - as in errors
    """The file changed under an open connection in a way that only replacing it explains."""


class _Cause(NamedTuple):
    """One kind of failure: SQLite's primary result codes, the system's error numbers, and what a person reads.

    problem: follows "The journal of sends at PATH". remedy: sentences.
    """

    codes: frozenset[int]
    numbers: frozenset[int]
    problem: str
    remedy: str


_DAMAGED = _Cause(
    frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}),
    frozenset(),
    "is damaged",
    "A person must stop quo-mcp and repair the file, or restore its latest backup, and then check the do-not-text list with "
    "`quo-mcp optouts`. Keep the damaged file: it may still hold opt-outs.",
)
_CAUSES = (
    _DAMAGED,
    _Cause(
        frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}),
        frozenset(),
        "is locked by another program",
        "Call again in a minute. If it stays locked, a person must close the program that holds it, such as a backup or a "
        "database browser.",
    ),
    _Cause(
        frozenset({sqlite3.SQLITE_FULL}),
        frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG}),
        "cannot be written, because the disk is full",
        "A person must free disk space.",
    ),
    _Cause(
        frozenset(
            {
                sqlite3.SQLITE_READONLY,
                sqlite3.SQLITE_PERM,
                sqlite3.SQLITE_CANTOPEN,
                sqlite3.SQLITE_AUTH,
            }
        ),
        frozenset({errno.EACCES, errno.EPERM, errno.EROFS}),
        "cannot be opened for writing",
        "A person must give the user that runs quo-mcp write access to the file, the files beside it and their directory.",
    ),
    _Cause(
        frozenset(),
        frozenset({errno.ENOTDIR, errno.EISDIR, errno.EEXIST}),
        "cannot be created",
        "A person must move away the file or directory that is in its place.",
    ),
)
_OTHER = _Cause(
    frozenset(),
    frozenset(),
    "cannot be used",
    "A person must check the disk and the file system that hold it.",
)
_LATER = _Cause(
    frozenset(),
    frozenset(),
    "was written by a later version of quo-mcp",
    "A person must update quo-mcp on this machine.",
)


def explain(error: Exception, path: Path) -> str:
    """Return what is wrong with the database at `path`, and what to do, as sentences."""
    cause = _cause_of(error)
    detail = (error.strerror if isinstance(error, OSError) else None) or str(error)
    reason = f" ({detail})" if detail else ""
    return (
        f"The journal of sends at {path} {cause.problem}{reason}. Nothing is sent without it, since a text could go out twice or "
        f"to someone who opted out. {cause.remedy}"
    )


def _cause_of(error: Exception) -> _Cause:
    if isinstance(error, LaterVersion):
        return _LATER
    if isinstance(error, TamperedFile):
        return _DAMAGED
    if isinstance(error, OSError):
        return next((cause for cause in _CAUSES if error.errno in cause.numbers), _OTHER)
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY_CODE
    return next((cause for cause in _CAUSES if code in cause.codes), _OTHER)
