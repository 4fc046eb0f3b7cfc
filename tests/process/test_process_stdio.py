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
