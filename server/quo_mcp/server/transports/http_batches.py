"""JSON-RPC batches, which only protocol version 2025-03-26 has. The SDK takes single messages."""

import json
from collections.abc import Iterable
from typing import Any

from mcp_types import INVALID_REQUEST
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BATCH_VERSION = "2025-03-26"  # also the version of a request that names none
MAX_MESSAGES = 20


async def serve_batch(
    body: bytes, app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer a batch: each message is a request of its own to `app`, one after the other."""
    version = Headers(scope=scope).get("mcp-protocol-version", BATCH_VERSION)
    if version != BATCH_VERSION:
        error = f"Protocol version {version[:20]} does not support batches. Send each message in its own request."
        await _refuse(error, scope, receive, send)
        return
    try:
        messages = json.loads(body)
    except (ValueError, RecursionError):
        messages = []
    if not 0 < len(messages) <= MAX_MESSAGES:
        error = f"A batch must be a JSON array of 1 to {MAX_MESSAGES} messages."
        await _refuse(error, scope, receive, send)
        return
    answers = []
    for message in messages:
        answers += await _answers(message, app, scope, receive)
    response = JSONResponse(answers) if answers else Response(status_code=202)
    await response(scope, receive, send)


async def _answers(message: Any, app: ASGIApp, scope: Scope, receive: Receive) -> list[Any]:
    """Return the responses to one message: none to a notification."""
    if not isinstance(message, dict) or message.get("method") == "initialize":
        return [_error("Invalid message in a batch: must be an object, and not initialize.")]
    content = json.dumps(message).encode()
    pending: list[Message] = [{"type": "http.request", "body": content, "more_body": False}]
    body = bytearray()

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    async def collect(part: Message) -> None:
        body.extend(part.get("body", b""))

    headers = with_content_length(scope["headers"], len(content))
    await app({**scope, "headers": headers}, replay, collect)
    events = [line[5:] for line in body.splitlines() if line.startswith(b"data:")] or [body]
    documents = [json.loads(event) for event in events if event.strip()]
    return [document for document in documents if "method" not in document]


def with_content_length(
    headers: Iterable[tuple[bytes, bytes]], length: int
) -> list[tuple[bytes, bytes]]:
    """Return the headers of a request whose body now has another length."""
    return [
        (name, str(length).encode() if name == b"content-length" else value)
        for name, value in headers
    ]


def _error(message: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": None, "error": {"code": INVALID_REQUEST, "message": message}}


async def _refuse(message: str, scope: Scope, receive: Receive, send: Send) -> None:
    await JSONResponse(_error(message), status_code=400)(scope, receive, send)
