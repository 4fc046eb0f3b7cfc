"""Checks of the API key, the connection and the phone numbers. Pure functions."""

from collections.abc import Sequence

from quo_mcp.config.settings import API_KEY_VARIABLE, Settings
from quo_mcp.errors import AccessDenied, GatewayError, RateLimited, Refusal, Unavailable
from quo_mcp.gateway import is_placeholder
from quo_mcp.gateway.connection_choice import Connection
from quo_mcp.records.workspace import PhoneNumber
from quo_mcp.tools.rendering import bare_url, format_number, list_first
from quo_mcp.tools.setup_findings import Finding, FindingStatus
from quo_mcp.values.untrusted import inline

KEYS_URL = "https://maton.ai/settings"
CONNECTION_SETTING = "QUO_MCP_CONNECTION"
MAX_LISTED = 5  # numbers or connections in one finding
CONNECT_REMEDY = "Make one with quo_create_connection (in a shell: quo-mcp call create_connection); a person then opens its link."


def check_key(config: Settings, error: Refusal | None) -> Finding:
    """Check the API key. error: from listing the connections, if that failed."""
    topic = "API key"
    if config.is_sandbox:
        return Finding(
            topic,
            FindingStatus.NOTE,
            "None is set, so a pretend account (the sandbox) answers.",
            f"For the real one a person makes a key and sets {API_KEY_VARIABLE}.",
            KEYS_URL,
        )
    if error is None:
        return Finding(topic, FindingStatus.OK, "The gateway accepts it.")
    if config.api_key and is_placeholder(config.api_key.get_secret_value()):
        return Finding(topic, FindingStatus.PROBLEM, str(error))
    if isinstance(error, AccessDenied) and error.status == 401:
        return Finding(topic, FindingStatus.PROBLEM, str(error), url=KEYS_URL)
    has_reply = isinstance(error, GatewayError) and error.status is not None
    status = FindingStatus.UNKNOWN if has_reply and is_transient(error) else FindingStatus.PROBLEM
    return Finding(topic, status, f"The gateway could not be asked. {error}")


def is_transient(error: Refusal) -> bool:
    """Return whether the error is likely to be gone in a minute.

    A 500 is not: it mostly means that an authorization expired.
    """
    if isinstance(error, Unavailable):
        return error.status != 500
    return isinstance(error, RateLimited)


def is_connection_error(error: Refusal | None) -> bool:
    """Return whether the cause may be the connection: it is missing, or its authorization expired."""
    return isinstance(error, AccessDenied | Unavailable) and error.status in {
        400,
        401,
        404,
        412,
        500,
    }


def check_connection(
    connections: Sequence[Connection], config: Settings, error: Refusal | None = None
) -> Finding:
    """Check that exactly one connection can be used. error: from a request to Quo over it."""
    topic = "Connection"
    active = [connection for connection in connections if connection.status == "ACTIVE"]
    if config.connection is not None:
        pinned = next(
            (connection for connection in connections if connection.id == config.connection), None
        )
        if pinned is None:
            remedy = (
                f"A person sets {CONNECTION_SETTING} to one of these: {_list_ids(active)}."
                if active
                else CONNECT_REMEDY
            )
            summary = (
                f"{CONNECTION_SETTING} names {config.connection}, which the gateway does not know."
            )
            return Finding(topic, FindingStatus.PROBLEM, summary, remedy)
        if pinned.status == "ACTIVE":
            return _check_active(pinned, f"used, as {CONNECTION_SETTING} says", config, error)
        return _not_active(pinned)
    if len(active) > 1:
        return Finding(
            topic,
            FindingStatus.PROBLEM,
            f"{len(active)} are active: reads take whichever the gateway picks, and nothing is written.",
            f"A person sets {CONNECTION_SETTING} to one of these, or has the others deleted: {_list_ids(active)}.",
        )
    if active:
        return _check_active(active[0], "as the only one, used", config, error)
    pending = [connection for connection in connections if connection.status == "PENDING"]
    return (
        _not_active(pending[-1])
        if pending
        else Finding(topic, FindingStatus.PROBLEM, "There is none to Quo.", CONNECT_REMEDY)
    )


def _check_active(
    used: Connection, reason: str, config: Settings, error: Refusal | None
) -> Finding:
    """Check the connection in use by the error of a request over it. reason: why it is used."""
    topic = "Connection"
    if not is_connection_error(error):
        comma = "," if config.connection is None else ""
        return Finding(topic, FindingStatus.OK, f"{used.id} is active and{comma} {reason}.")
    pin = f", set {CONNECTION_SETTING} to the new one" if config.connection else ""
    return Finding(
        topic,
        FindingStatus.PROBLEM,
        f"{used.id} is listed as active, but Quo does not answer over it: its authorization has most likely expired.",
        f"If that stays so, it has to be replaced. {CONNECT_REMEDY} Once the new one is active{pin}, delete the old one with "
        f"quo_delete_connection connection_id={used.id}: while two are active, nothing is written.",
    )


def _not_active(connection: Connection) -> Finding:
    """Return the finding for a connection that is not active."""
    status = inline(connection.status).lower() or "no status"
    summary = f"{connection.id} is not active ({status})."
    if connection.status == "PENDING" and connection.url:
        remedy = "A person has to open its link and authorize it."
        url = bare_url(connection.url)
        return Finding("Connection", FindingStatus.PROBLEM, summary, remedy, url)
    return Finding("Connection", FindingStatus.PROBLEM, summary, CONNECT_REMEDY)


def _list_ids(connections: Sequence[Connection]) -> str:
    """Return the first connections' ids as text."""
    return list_first([connection.id for connection in connections], MAX_LISTED)


def check_numbers(
    numbers: Sequence[PhoneNumber] | Refusal, *, is_connected: bool = True
) -> Finding:
    """Check the account's phone numbers, or the error of listing them.

    is_connected: whether a connection works, as far as is known.
    """
    topic = "Numbers"
    if isinstance(numbers, Refusal) and not is_connected and is_connection_error(numbers):
        return Finding(
            topic, FindingStatus.UNKNOWN, "Not known until there is a connection that works."
        )
    if isinstance(numbers, Refusal):
        status = FindingStatus.UNKNOWN if is_transient(numbers) else FindingStatus.PROBLEM
        return Finding(topic, status, str(numbers))
    if not numbers:
        return Finding(
            topic,
            FindingStatus.PROBLEM,
            "The account has none that can be seen here.",
            "A person adds one in Quo, or adds the connected user to one; QUO_MCP_INBOXES may leave them out too.",
        )
    names = [
        f"{inline(number.name or 'Unnamed')} {format_number(number.number)}" for number in numbers
    ]
    return Finding(topic, FindingStatus.OK, f"{list_first(names, MAX_LISTED)}.")
