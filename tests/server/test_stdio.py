"""The stdio transport's own parts: pending requests, and the lines of standard input."""

import anyio
import pytest
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCError, JSONRPCNotification, JSONRPCRequest, JSONRPCResponse

from quo_mcp.server.transports.pending_requests import (
    PendingRequests,
    TrackedReadStream,
    TrackedWriteStream,
)
from quo_mcp.server.transports.stdio import StdinLines

pytestmark = pytest.mark.anyio
REQUEST = JSONRPCRequest(jsonrpc="2.0", id=7, method="tools/list")
RESULT = JSONRPCResponse(jsonrpc="2.0", id=7, result={})
ERROR = JSONRPCError(jsonrpc="2.0", id=7, error={"code": -1, "message": "no"})


def cancellation(request_id):
    return JSONRPCNotification(
        jsonrpc="2.0", method="notifications/cancelled", params={"requestId": request_id}
    )


async def is_answered(pending):
    """Whether every request has a response now, without waiting for one."""
    answered = False

    async def wait():
        nonlocal answered
        await pending.wait_until_answered()
        answered = True

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    return answered


class Streams:
    """The server's streams over stdio, with the other ends in the test's hands."""

    def __init__(self):
        self.pending = PendingRequests()
        self._client, read = anyio.create_memory_object_stream(10)
        write, self._output = anyio.create_memory_object_stream(10)
        self.read = TrackedReadStream(read, self.pending)
        self.write = TrackedWriteStream(write, self.pending)

    async def receive(self, message):
        """Let the server receive a message."""
        self.pending.record_line()
        await self._client.send(SessionMessage(message))
        async for _ in self.read:
            break

    async def close(self):
        for stream in (self._client, self._output, self.read, self.write):
            await stream.aclose()


@pytest.fixture
async def streams():
    opened = Streams()
    yield opened
    await opened.close()


@pytest.mark.parametrize("response", [RESULT, ERROR], ids=["result", "error"])
async def test_a_request_is_pending_until_its_response_is_sent(streams, response):
    await streams.receive(REQUEST)
    assert not await is_answered(streams.pending)
    await streams.write.send(SessionMessage(response))
    assert await is_answered(streams.pending)


async def test_a_request_of_the_server_with_the_same_id_is_no_response(streams):
    await streams.receive(REQUEST)
    await streams.write.send(SessionMessage(REQUEST))
    assert not await is_answered(streams.pending)


@pytest.mark.parametrize(("request_id", "answered"), [(7, True), (8, False), ({}, False)])
async def test_a_request_that_the_client_cancels_is_not_waited_for(streams, request_id, answered):
    await streams.receive(REQUEST)
    await streams.receive(cancellation(request_id))
    assert await is_answered(streams.pending) == answered


async def test_a_line_is_pending_until_it_is_parsed(streams):
    streams.pending.record_line()
    assert not await is_answered(streams.pending)
    streams.pending.record_received(ValueError("not JSON"))
    assert await is_answered(streams.pending)


@pytest.mark.parametrize(("megabytes", "complete"), [(3, True), (7, True), (9, False), (20, False)])
async def test_a_message_of_more_than_eight_megabytes_is_cut_and_the_next_one_is_whole(
    megabytes, complete
):
    """What is left of the long one is no JSON, so the SDK rejects it."""
    ended = []

    async def finish_calls():
        ended.append(True)

    lines = StdinLines(PendingRequests(), finish_calls)
    message = b"x" * (megabytes * 1_000_000) + b"\nnext\nlast"
    for start in range(0, len(message), 65_536):
        lines._chunks.put_nowait(message[start : start + 65_536])
    lines.stop()
    first, *others = [line async for line in lines]
    assert (len(first) == megabytes * 1_000_000) == complete
    assert len(first) <= 8_000_000
    assert others == ["next", "last"]
    assert ended == [True]
