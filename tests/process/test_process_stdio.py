"""The command over stdio: valid and invalid lines."""

import json

import pytest

from process.served import INITIALIZE_PARAMS, environment, running

pytestmark = pytest.mark.anyio


ENVELOPE = {
    "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "tests", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
}


@pytest.mark.parametrize("probes", [1, 2])
@pytest.mark.parametrize("is_impatient", [True, False])
async def test_a_client_that_probed_may_still_shake_hands(tmp_path, probes, is_impatient):
    """An impatient client sends both before this process has read anything, as on a busy machine."""
    async with running(env=environment(tmp_path)) as process:
        for _ in range(probes):
            probe = await process.send("server/discover", **ENVELOPE)
            if not is_impatient:
                assert "supportedVersions" in (await process.answer(probe))["result"]
        assert (await process.initialize())["protocolVersion"] == "2025-11-25"
        if is_impatient:
            assert "supportedVersions" in (await process.answer(probe))["result"]
        assert (await process.ask("tools/list"))["result"]["tools"]
        assert "error" in await process.ask("server/discover", **ENVELOPE)
        result = (await process.answer(await process.send_call("quo_list_users")))["result"]
        assert "Marisol Vega" in result["content"][0]["text"]
        process.close_input()
        assert (await process.wait_for_exit())[0] == 0


async def test_a_client_that_cancels_its_probe_may_still_shake_hands(tmp_path):
    async with running(env=environment(tmp_path)) as process:
        probe = await process.send("server/discover", **ENVELOPE)
        cancelled = {"method": "notifications/cancelled", "params": {"requestId": probe}}
        await process.write(json.dumps({"jsonrpc": "2.0"} | cancelled).encode())
        assert (await process.initialize())["protocolVersion"] == "2025-11-25"


async def test_a_client_that_probed_may_go_on_without_a_handshake_and_then_has_none(tmp_path):
    async with running(env=environment(tmp_path)) as process:
        await process.ask("server/discover", **ENVELOPE)
        assert (await process.ask("tools/list", **ENVELOPE))["result"]["tools"]
        refused = await process.ask("initialize", **INITIALIZE_PARAMS)
        assert "the initialize handshake is not accepted" in refused["error"]["message"]
        process.close_input()
        assert (await process.wait_for_exit())[0] == 0


async def test_a_client_that_only_probes_ends_well(tmp_path):
    async with running(env=environment(tmp_path)) as process:
        await process.ask("server/discover", **ENVELOPE)
        process.close_input()
        assert (await process.wait_for_exit())[0] == 0


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


def nested(depth):
    return b'{"a": ' * depth + b"1" + b"}" * depth


REQUEST = b'{"jsonrpc": "2.0", "id": 77, "method": "tools/list", "params": '


@pytest.mark.parametrize(
    ("line", "answer_id", "problem"),
    [
        (finding(b'"\\ud83d"'), 77, "half of a surrogate pair"),
        (REQUEST + nested(300) + b"}", 77, "nested too deeply"),
        (REQUEST + nested(50_000) + b"}", 77, "nested too deeply"),
        (b'{"jsonrpc":"2.0","method":"x","params":' + nested(9_000) + b',"id":77}', 77, "nested"),
        (REQUEST + b"9" * 5_000 + b"}", 77, "out of range"),
        (REQUEST + b"{}", 77, "cut off or damaged"),
        (REQUEST + b"[1]}", 77, "Invalid request."),
        (b'{"id": 77, "method": "tools/list"}', 77, "Invalid request."),
        (b'{"jsonrpc": "1.0", "id": "a", "method": "tools/list"}', "a", "Invalid request."),
        (b'{"jsonrpc": "2.0", "id": 77, "method": 5}', 77, "Invalid request."),
        (b'{"jsonrpc": "2.0", "id": 77}', 77, "Invalid request."),
        (b'{"jsonrpc": "2.0", "id": 7.5, "method": "tools/list"}', None, "Invalid request."),
        (b'{"jsonrpc": "2.0", "id": null, "method": "tools/list"}', None, "Invalid request."),
        (b'{"jsonrpc": "2.0", "id": true, "method": "tools/list"}', None, "Invalid request."),
        (b'{"jsonrpc": "2.0", "id": "\\udc00", "method": "x"}', None, "half of a surrogate"),
        (finding(b'"' + b"x" * 9_000_000 + b'"'), 77, "cut off or damaged"),
    ],
    ids=lambda value: str(value)[:50] if not isinstance(value, bytes) else f"{len(value)} bytes",
)
async def test_a_request_that_cannot_be_read_is_answered(line, answer_id, problem, tmp_path):
    async with running(env=environment(tmp_path)) as process:
        await process.initialize()
        await process.write(line)
        answer = await process.answer(answer_id)
    assert problem in answer["error"]["message"]


async def test_a_byte_order_mark_and_a_batch_are_read(tmp_path):
    async with running(env=environment(tmp_path)) as process:
        first = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": INITIALIZE_PARAMS}
        await process.write(b"\xef\xbb\xbf" + json.dumps(first).encode())
        assert "serverInfo" in (await process.answer(1))["result"]
        batch = [
            {"jsonrpc": "2.0", "method": "notifications/initialized"},
            {"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {}},
            {"jsonrpc": "2.0", "id": "three", "method": "tools/list", "params": []},
        ]
        await process.write(json.dumps(batch).encode())
        assert (await process.answer(2))["result"]["tools"]
        assert "Invalid request." in (await process.answer("three"))["error"]["message"]


@pytest.mark.parametrize(
    "line",
    [
        b"not JSON",
        b"{",
        b"null",
        b"[]",
        b'{"jsonrpc": "2.0", "id": 99, "result": {}}',
        b'{"jsonrpc": "2.0", "id": 99, "result": 5}',
        b'{"jsonrpc": "2.0", "method": 5, "params": {"id": 99}}',
    ],
)
async def test_a_line_that_asks_for_nothing_is_not_answered(line, tmp_path):
    async with running(env=environment(tmp_path)) as process:
        await process.initialize()
        await process.write(line)
        await process.ask("ping")
    assert len(process.stdout_lines) == 2
