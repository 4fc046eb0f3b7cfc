"""Checks of the key, the network, the connection, the numbers and the plan.

A check returns None if it has nothing to report.
"""

from collections.abc import Sequence
from functools import partial

from quo_mcp.config.settings import API_KEY_VARIABLE, QUO_KEY_VARIABLE
from quo_mcp.errors import AccessDenied, GatewayError, RateLimited, Refusal, Unavailable
from quo_mcp.gateway import is_placeholder
from quo_mcp.gateway.connection_choice import Connection
from quo_mcp.tools.rendering import bare_url, list_first
from quo_mcp.tools.setup_checks.findings import Finding, FindingStatus
from quo_mcp.tools.setup_checks.setup_reader import (
    SetupReader,
    artifact_status,
    list_connections,
    list_numbers,
)
from quo_mcp.values.references import with_number
from quo_mcp.values.untrusted import inline, inline_number

OK, NOTE, UNKNOWN, PROBLEM = FindingStatus

KEYS_URL = "https://maton.ai/settings"
CONNECTION_SETTING = "QUO_MCP_CONNECTION"
MAX_LISTED = 5  # numbers or connections in one finding
CONNECT_REMEDY = (
    "Create one with quo_create_connection (in a shell: quo-mcp call quo_create_connection), "
    "then open its link in a browser."
)
NOT_REACHED = Finding(UNKNOWN, "Not checked: the network failed.")


async def check_key(reader: SetupReader) -> Finding:
    if reader.config.is_sandbox:
        source = f" {reader.key_source}" if reader.key_source else ""
        return Finding(
            NOTE,
            f"Not set{source}; using the sandbox.",
            f"To use your account, create a key and set {API_KEY_VARIABLE}; or set {QUO_KEY_VARIABLE} to an API key from Quo's settings.",
            KEYS_URL,
        )
    if reader.config.is_direct:
        error: object = await reader.read(list_numbers)
        accepted = Finding(OK, f"Accepted by Quo ({QUO_KEY_VARIABLE}; directly, without Maton).")
    else:
        error = await reader.read(list_connections)
        accepted = Finding(OK, "Accepted by the gateway.")
        if reader.config.quo_api_key:
            accepted = Finding(
                NOTE,
                f"Accepted by the gateway. {QUO_KEY_VARIABLE} is also set, and not used, because {API_KEY_VARIABLE} comes first.",
                f"To use Quo's API directly, remove {API_KEY_VARIABLE}.",
            )
    if not isinstance(error, Refusal):
        return accepted
    if _is_key_placeholder(reader):
        return Finding(PROBLEM, str(error))
    if is_network_error(error):
        return NOT_REACHED
    if isinstance(error, AccessDenied) and error.status == 401:
        return Finding(PROBLEM, str(error), url="" if reader.config.is_direct else KEYS_URL)
    status = UNKNOWN if is_transient(error) else PROBLEM
    return Finding(status, f"Could not be checked. {error}")


async def check_network(reader: SetupReader) -> Finding | None:
    """Report a network failure at one of the hosts: Quo's, or the gateway's two."""
    for result in await _first_reads(reader):
        if isinstance(result, Refusal) and is_network_error(result):
            return Finding(PROBLEM, f"{reader.peer.title} cannot be reached. {result}")
    return None


async def _first_reads(reader: SetupReader) -> list[object]:
    """Return one result, or error, from each host that this server uses."""
    numbers = await reader.read(list_numbers)
    return [numbers] if reader.config.is_direct else [await reader.read(list_connections), numbers]


def _is_key_placeholder(reader: SetupReader) -> bool:
    return is_placeholder(reader.config.key_in_use or "")


async def check_connection(reader: SetupReader) -> Finding | None:
    """Check that exactly one connection can be used, and that Quo answers over it."""
    reply = await reader.read(list_connections)
    if isinstance(reply, Refusal):  # also if there are none, because Quo is used directly
        return None
    connections = reply.connections
    pinned = reader.config.connection
    active = [connection for connection in connections if connection.status == "ACTIVE"]
    pending = [connection for connection in connections if connection.status == "PENDING"]
    if pinned is None and (ambiguity := _find_ambiguity(active, reply.unreadable_count)):
        return ambiguity
    candidates = (
        [*active, *reversed(pending)]
        if pinned is None
        else [connection for connection in connections if connection.id == pinned]
    )
    if candidates and candidates[0].status == "ACTIVE":
        return await _check_active(reader, candidates[0])
    if candidates:
        return _not_active(candidates[0])
    if pinned is None:
        return Finding(PROBLEM, "No connection to Quo.", CONNECT_REMEDY)
    return Finding(
        PROBLEM,
        f"{CONNECTION_SETTING} is set to {pinned}, but this account has no connection with this id.",
        f"Set {CONNECTION_SETTING} to the id of an active connection: {_list_ids(active)}."
        if active
        else CONNECT_REMEDY,
    )


def _find_ambiguity(active: list[Connection], unreadable_count: int) -> Finding | None:
    """Return why it is not certain which connection is used; None if it is."""
    if len(active) > 1:
        return Finding(
            PROBLEM,
            f"{len(active)} connections are active. Reads use the one that the gateway picks; writes are refused.",
            f"Set {CONNECTION_SETTING} to one of these ids, or delete the other connections: {_list_ids(active)}.",
        )
    if not unreadable_count:
        return None
    return Finding(
        PROBLEM,
        "An entry in the gateway's list of connections could not be read and may be active. Writes are refused.",
        f"Set {CONNECTION_SETTING} to the id of the one to use{f': {_list_ids(active)}' if active else ''}.",
    )


async def _check_active(reader: SetupReader, used: Connection) -> Finding:
    """Check the connection in use by a request over it."""
    pinned = reader.config.connection is not None
    if not is_connection_error(await reader.read(list_numbers)):
        reason = f"set in {CONNECTION_SETTING}" if pinned else "the only active connection"
        return Finding(OK, f"Using {used.id} ({reason}).")
    next_steps = (
        f"set {CONNECTION_SETTING} to its id and delete the old one"
        if pinned
        else "delete the old one"
    )
    warning = "" if pinned else " Writes are refused while two are active."
    return Finding(
        PROBLEM,
        f"{used.id} is listed as active, but requests through it fail. Its authorization has probably expired.",
        f"If the problem persists, replace the connection. {CONNECT_REMEDY} When the new one is active, {next_steps}: "
        f'quo_delete_connection with connection_id="{used.id}".{warning}',
    )


def _not_active(connection: Connection) -> Finding:
    status = inline(connection.status).lower() or "unknown"
    summary = f"{connection.id} is not active (status: {status})."
    if connection.status == "PENDING" and connection.url:
        remedy = "Open its link in a browser and authorize it."
        return Finding(PROBLEM, summary, remedy, bare_url(connection.url))
    return Finding(PROBLEM, summary, CONNECT_REMEDY)


def _list_ids(connections: Sequence[Connection]) -> str:
    return list_first([connection.id for connection in connections], MAX_LISTED)


async def check_numbers(reader: SetupReader) -> Finding | None:
    first_result, *_ = await _first_reads(reader)
    if isinstance(first_result, AccessDenied) and (
        first_result.status == 401 or not reader.config.is_direct
    ):
        return None  # the check of the key reports it
    numbers = await reader.read(list_numbers)
    if isinstance(numbers, Refusal):
        connection = await check_connection(reader)
        if connection and connection.status is PROBLEM and is_connection_error(numbers):
            return Finding(UNKNOWN, "Not checked: there is no working connection.")
        if is_network_error(numbers):
            return NOT_REACHED
        return Finding(UNKNOWN if is_transient(numbers) else PROBLEM, str(numbers))
    if not numbers:
        return Finding(
            PROBLEM,
            "No inboxes are visible.",
            "Add one in Quo, or add the user of the connection or key to one. If QUO_MCP_INBOXES is set, check that it names your inboxes.",
        )
    names = [
        with_number(inline(number.name or "Unnamed"), inline_number(number.number))
        for number in numbers
    ]
    return Finding(OK, f"{list_first(names, MAX_LISTED)}.")


async def check_call_artifacts(reader: SetupReader, resource: str) -> Finding | None:
    """Check whether the plan includes a resource of calls: their summaries or transcripts."""
    if isinstance(await reader.read(list_numbers), Refusal):
        return None
    status = await reader.read(partial(artifact_status, resource=resource))
    match status:
        case None:
            return Finding(UNKNOWN, "Not checked: no recent answered call was found.")
        case "completed" | "in-progress" | "failed":
            return Finding(OK, "Available on this plan.")
        case AccessDenied():
            return Finding(NOTE, str(status), "They require Quo's Business plan or higher.")
        case Refusal():
            return Finding(UNKNOWN, str(status))
        case _:
            return Finding(
                UNKNOWN,
                "None found on recent calls. Quo creates none for very short calls or on smaller plans.",
            )


async def was_reached(reader: SetupReader) -> bool:
    """Return whether the gateway, or Quo, replied to any request."""
    if _is_key_placeholder(reader):
        return False  # no request was sent
    results = await _first_reads(reader)
    return not all(isinstance(item, Refusal) and is_network_error(item) for item in results)


def is_network_error(error: Refusal) -> bool:
    """Return whether the gateway was not reached, which says nothing about the account."""
    return isinstance(error, GatewayError) and error.source == "network"


def is_transient(error: Refusal) -> bool:
    """Return whether the error is likely to be gone in a minute.

    A 500 is not: it mostly means that an authorization expired.
    """
    if isinstance(error, Unavailable):
        return error.status != 500
    return isinstance(error, RateLimited)


def is_connection_error(result: object) -> bool:
    """Return whether the cause may be the connection: it is missing, or its authorization expired."""
    statuses = {400, 401, 404, 412, 500}
    return isinstance(result, AccessDenied | Unavailable) and result.status in statuses
