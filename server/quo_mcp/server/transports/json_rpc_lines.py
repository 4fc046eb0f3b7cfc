"""JSON-RPC messages in lines: those that the SDK cannot read, but whose sender waits for a response.

The SDK drops a line that it cannot parse, and takes a request with an invalid id for a notification. The
client would wait for its response until its own timeout.
"""

import json
import re
from typing import Any

from mcp_types import INVALID_REQUEST, PARSE_ERROR, ErrorData, JSONRPCError, JSONRPCRequest

BYTE_ORDER_MARK = "\ufeff"
MAX_TOKENS = 200_000  # read in search of an id, in a line that is not valid JSON
ENVELOPE = 'A request has "jsonrpc": "2.0", an id (a string or an integer), a method (a string) and params (an object).'

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s"{}\[\],:]+')
_INTEGER = re.compile("-?[0-9]{1,20}")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def split_batch(line: str) -> list[str]:
    """Return the messages in a line, without a byte order mark: several for a batch, otherwise the line itself."""
    line = line.removeprefix(BYTE_ORDER_MARK)
    if not line.lstrip().startswith("["):
        return [line]
    try:
        messages = json.loads(line)
    except (ValueError, RecursionError):
        return [line]
    return [json.dumps(message) for message in messages] or [line]


def rejection(line: str, parsed: object) -> JSONRPCError | None:
    """Return the response to a request that the SDK did not understand; None if no one waits for one.

    parsed: what the SDK made of the line: a message, or the exception.
    """
    if isinstance(parsed, JSONRPCRequest):
        return None
    members = top_level_members(line)
    if "id" not in members or ("method" not in members and members.keys() & {"result", "error"}):
        return None
    request_id = members["id"]
    is_valid_id = (isinstance(request_id, int) and not isinstance(request_id, bool)) or (
        isinstance(request_id, str) and not _LONE_SURROGATE.search(request_id)
    )
    problem = _json_problem(line, parsed) if isinstance(parsed, Exception) else None
    error = (
        ErrorData(code=PARSE_ERROR, message=f"Invalid JSON: {problem}")
        if problem
        else ErrorData(code=INVALID_REQUEST, message=f"Invalid request. {ENVELOPE}")
    )
    return JSONRPCError(jsonrpc="2.0", id=request_id if is_valid_id else None, error=error)


def top_level_members(line: str) -> dict[str, Any]:
    """Return the members of the JSON object in a line; only id and names if it is not valid JSON."""
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return _scan_members(line)
    return document if isinstance(document, dict) else {}


def _scan_members(line: str) -> dict[str, Any]:
    """Read names and scalar values at the top level of an object that is cut off, damaged or nested too deeply."""
    members: dict[str, Any] = {}
    depth, name, previous = 0, "", ""
    for count, match in enumerate(_TOKEN.finditer(line)):
        part = match[0]
        if count > MAX_TOKENS or (not count and part != "{"):
            break
        if part in "{[":
            depth += 1
        elif part in "}]":
            depth -= 1
        elif depth == 1 and part == ":":
            name = previous[1:-1]
            members.setdefault(name, None)
        elif depth == 1 and part != "," and name:
            members[name] = _scalar(part)
            name = ""
        if depth == 1 and part == ",":
            name = ""
        previous = part
    return members


def _scalar(part: str) -> str | int | None:
    if _INTEGER.fullmatch(part):
        return int(part)
    try:
        value = json.loads(part)
    except ValueError:
        return None
    return value if isinstance(value, str) else None


def _json_problem(line: str, error: Exception) -> str | None:
    """Return why a line is not valid JSON for the SDK; None if only its envelope is invalid."""
    text = str(error)
    if "recursion limit" in text:
        return "nested too deeply."
    if "number out of range" in text:
        return "a number is out of range."
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return "the line is cut off or damaged."
    if _LONE_SURROGATE.search(json.dumps(document, ensure_ascii=False)):
        return "it has half of a surrogate pair, such as \\ud83d. Send whole characters."
    return None
