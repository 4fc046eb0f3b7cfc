"""The command over stdio: valid and invalid lines."""

import json

import pytest

from process.served import environment, running

pytestmark = pytest.mark.anyio


async def test_standard_output_holds_nothing_but_the_protocol(tmp_path):
    env = environment(tmp_path, QUO_MCP_LOG_LEVEL="DEBUG")
    async with running(env=env) as process:
        await process.initialize()
        await process.answer(await process.send_call("quo_list_users"))
        await process.answer(await process.send_call("no_such_tool"))
        process.close_input()
        status, _ = await process.wait_for_exit()
    assert status == 0
    assert process.stdout_lines
    assert all(json.loads(line)["jsonrpc"] == "2.0" for line in process.stdout_lines)


def finding(query):
    start = b'{"jsonrpc": "2.0", "id": 77, "method": "tools/call", "params": '
    return start + b'{"name": "quo_find_contacts", "arguments": {"query": ' + query + b"}}}"


@pytest.mark.parametrize(
    "line",
    [
        b"not JSON",
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe\x00",
        b'{"jsonrpc": "2.0", "id": 77}',
        b'{"jsonrpc": "2.0", "id": 77, "method": "no/such/method"}',
        b'{"jsonrpc": "2.0", "id": 77, "method": "tools/call", "params": {"name": 5}}',
        finding(b'"\\ud800"'),
        b'{"jsonrpc": "2.0", "method": "notifications/no_such_thing"}',
        b"[" * 100_000 + b"]" * 100_000,
        finding(b'"' + b"x" * 3_000_000 + b'"'),
        finding(b'"' + b"x" * 9_000_000 + b'"'),
        b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{}}}',
        b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":[1]}}',
    ],
    ids=lambda line: line[:20].decode("ascii", "backslashreplace") + f" ({len(line)})",
)
async def test_a_line_that_no_client_should_send_does_not_end_the_server(line, tmp_path):
    async with running(env=environment(tmp_path)) as process:
        await process.initialize()
        await process.write(line)
        answer = await process.answer(await process.send_call("quo_list_users", limit=1))
    assert "Marisol" in answer["result"]["content"][0]["text"]


async def test_a_last_line_without_its_end_is_answered_too(tmp_path):
    async with running(env=environment(tmp_path)) as process:
        process._input.write(b'{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{}}')
        process.close_input()
        status, _ = await process.wait_for_exit()
    assert status == 0
    assert json.loads(process.stdout_lines[0])["id"] == 1
