"""What only a person can do: the command asks on a terminal, and does nothing without one."""

import asyncio
import os
import sys
from datetime import timedelta

import pytest

from process.served import TIMEOUT, environment
from quo_mcp.config.environment import load_settings
from quo_mcp.safety.opt_out_store import OptOut
from quo_mcp.safety.send_record import SendRequest, SendState
from quo_mcp.server.databases import open_records
from quo_mcp.values.times import utc_now

pty = pytest.importorskip("pty")
pytestmark = pytest.mark.anyio

NUMBER = "+14155550111"


@pytest.fixture
def state(tmp_path):
    """The id of a send of unknown outcome, in a state directory with an opt-out."""
    with open_records(load_settings({"QUO_MCP_STATE_DIR": str(tmp_path)}), sandbox=False) as (
        journal,
        opt_outs,
    ):
        opt_outs.add(OptOut(NUMBER, utc_now(), "STOP", "they wrote it"))
        request = SendRequest("account", "PN1", (NUMBER,), "Hello?")
        reserved = journal.reserve(request, now=utc_now(), duplicate_window=timedelta(0))
        journal.begin(reserved.send_id, now=utc_now())
        journal.finish(reserved.send_id, SendState.UNKNOWN, now=utc_now())
    return tmp_path, reserved.send_id


def is_opted_out(path):
    with open_records(load_settings({"QUO_MCP_STATE_DIR": str(path)}), sandbox=False) as (
        _,
        opt_outs,
    ):
        return opt_outs.get(NUMBER) is not None


def state_of(path, send_id):
    with open_records(load_settings({"QUO_MCP_STATE_DIR": str(path)}), sandbox=False) as (
        journal,
        _,
    ):
        return journal.get(send_id, now=utc_now()).state


async def run(path, *arguments, answer=None, terminal=("stdin", "stdout"), **settings):
    """Run the command with some of its streams on a terminal; return its status and what it printed."""
    leader, follower = pty.openpty()
    streams = {
        name: follower if name in terminal else asyncio.subprocess.PIPE
        for name in ("stdin", "stdout")
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "quo_mcp",
        *arguments,
        **streams,
        stderr=asyncio.subprocess.PIPE,
        env=environment(path, **settings),
    )
    os.close(follower)
    if answer is not None:
        os.write(leader, answer)
    out, err = await asyncio.wait_for(process.communicate(), TIMEOUT)
    try:
        shown = os.read(leader, 65_536)
    except OSError:  # nothing was written to the terminal
        shown = b""
    os.close(leader)
    return process.returncode, (shown + (out or b"") + err).decode()


@pytest.mark.parametrize("terminal", [(), ("stdin",), ("stdout",)], ids=str)
async def test_without_a_terminal_nothing_is_lifted(state, terminal):
    path, send_id = state
    for arguments in (("optouts", "allow", NUMBER), ("sends", "--abandon", send_id)):
        answer = None if terminal != ("stdin",) else b"allow\nabandon\n"
        status, text = await run(path, *arguments, terminal=terminal, answer=answer)
        assert status == 1
        assert "only a person can do this" in text
    assert is_opted_out(path)
    assert state_of(path, send_id) is SendState.UNKNOWN


@pytest.mark.parametrize("answer", [b"no\n", b"y\n", b"\n", b"\x04"], ids=str)
async def test_without_the_word_nothing_is_lifted(state, answer):
    path, send_id = state
    for arguments in (("optouts", "allow", NUMBER), ("sends", "--abandon", send_id)):
        status, text = await run(path, *arguments, answer=answer)
        assert status == 1
        assert "not confirmed" in text
    assert is_opted_out(path)
    assert state_of(path, send_id) is SendState.UNKNOWN


@pytest.mark.parametrize("case", [str.lower, str.upper])
async def test_with_the_word_it_is(state, case):
    path, send_id = state
    status, text = await run(path, "optouts", "allow", NUMBER, answer=case("allow\n").encode())
    assert status == 0
    assert '("STOP")' in text
    assert not is_opted_out(path)
    status, text = await run(path, "sends", "--abandon", send_id, answer=case("abandon\n").encode())
    assert status == 0
    assert '"Hello?"' in text
    assert state_of(path, send_id) is SendState.GIVEN_UP


async def test_a_number_is_blocked_without_a_terminal(tmp_path):
    status, text = await run(tmp_path, "optouts", "add", NUMBER, terminal=())
    assert (status, text) == (0, f"{NUMBER} is on the do-not-text list.\n")


async def test_without_a_terminal_the_list_of_sends_does_not_show_the_command(state):
    path, send_id = state
    status, text = await run(path, "sends", terminal=())
    assert status == 0
    assert f"A person can abandon {send_id} on a terminal." in text
    assert "--abandon" not in text


@pytest.mark.parametrize(("answer", "is_paused"), [(b"resume\n", False), (b"no\n", True)])
async def test_a_person_on_a_terminal_ends_a_pause(tmp_path, answer, is_paused):
    assert (await run(tmp_path, "pause"))[0] == 0
    status, text = await run(tmp_path, "resume", answer=answer)
    assert "every server can send texts again" in text
    assert status == int(is_paused)
    status, text = await run(tmp_path, "resume", terminal=())
    assert ("Sends are not paused." in text) == (not is_paused)
