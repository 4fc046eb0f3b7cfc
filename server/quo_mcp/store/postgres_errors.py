"""Why a PostgreSQL database cannot be used, and what a person can do about it.

The driver's messages are not quoted: they may contain parts of the connection URL, and of the rows.
"""

from typing import NamedTuple

from quo_mcp.store.database_errors import LaterVersion


class _PostgresCause(NamedTuple):
    """One kind of failure: the first characters of SQLSTATE codes, and what a person reads. problem: follows the location."""

    codes: tuple[str, ...]
    problem: str
    remedy: str


_LATER = _PostgresCause(
    (),
    "was changed by a later version of quo-mcp in a way that this version cannot use",
    "A person must update quo-mcp on this machine.",
)
_CAUSES = (
    _PostgresCause(
        ("55P03", "57014", "40P01"),
        "is locked by another program or a long transaction",
        "Call again in a minute. If it stays locked, a person must end the session that holds the lock.",
    ),
    _PostgresCause(
        ("53",),
        "has no space or no connections left",
        "A person must free disk space on its server, or raise its connection limit.",
    ),
    _PostgresCause(
        ("25006",),
        "is read-only",
        "A person must point QUO_MCP_DATABASE to the primary server.",
    ),
    _PostgresCause(
        ("42501", "28", "3D"),
        "does not let the user of QUO_MCP_DATABASE do this",
        "A person must grant that user the rights to create and use tables there, or run `quo-mcp store migrate` as a user that has them.",
    ),
    _PostgresCause(
        ("42", "3F"),
        "does not have the expected tables",
        "A person must check it with `quo-mcp store status`.",
    ),
)
_LOST = _PostgresCause(
    (),
    "cannot be reached, or the connection to it was lost",
    "Call again in a minute. If this continues, a person must check the server, the network and QUO_MCP_DATABASE with "
    "`quo-mcp store status`.",
)


def explain_postgres(error: Exception, location: str) -> str:
    """Return what is wrong with the database at `location`, and what to do, as sentences."""
    code = getattr(error, "sqlstate", None) or ""
    cause = _LATER if isinstance(error, LaterVersion) else _cause_of(code)
    reason = f" (SQLSTATE {code})" if code else ""
    return (
        f"The journal of sends in {location} {cause.problem}{reason}. Nothing is sent without it, since a text could go out twice "
        f"or to someone who opted out. {cause.remedy}"
    )


def is_connection_loss(error: Exception) -> bool:
    """Return whether a session ended or could not begin: that of the statements, or that of the sign of life."""
    code = getattr(error, "sqlstate", None) or ""
    return not isinstance(error, LaterVersion) and (not code or code.startswith(("08", "57P")))


def _cause_of(code: str) -> _PostgresCause:
    if not code:
        return _LOST
    return next((cause for cause in _CAUSES if code.startswith(cause.codes)), _LOST)
