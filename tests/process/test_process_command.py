"""The output and the exit status of `quo-mcp`."""

import argparse
import asyncio
import json
import os
import re
import sys
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from mcp import Client

from process.served import environment, gateway, run_to_end, running
from quo_mcp import __version__
from quo_mcp.cli import main
from quo_mcp.cli.serve_command import port_number
from quo_mcp.config.environment import load_settings
from quo_mcp.config.settings import Settings
from quo_mcp.safety.send_record import SendRequest, SendState
from quo_mcp.sandbox import Fault, Sandbox
from quo_mcp.server.account import limits_from
from quo_mcp.server.app import build_server
from quo_mcp.server.databases import open_records
from quo_mcp.values.times import utc_now
from sandbox.play import DESK, JANE

COMMANDS = ["serve", "demo", "tools", "call", "sends", "optouts", "audit", "sandbox"]


def exit_status(arguments):
    """Run the command in this process and return its exit status."""
    try:
        return main(arguments)
    except SystemExit as left:
        return left.code


@pytest.mark.parametrize("command", [[], *([each] for each in COMMANDS)], ids="_".join)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as left:
        main([*command, "--help"])
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: {' '.join(['quo-mcp', *command])}")


def test_the_help_names_every_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    listed = re.findall(r"^    ([a-z]+) ", capsys.readouterr().out, re.MULTILINE)
    assert set(COMMANDS) <= set(listed)


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert (left.value.code, capsys.readouterr().out) == (0, f"quo-mcp {__version__}\n")


@pytest.mark.skipif(os.name == "nt", reason="scripts are programs of another form there")
def test_the_installed_script_is_this_command():
    script = Path(sys.executable).with_name("quo-mcp").read_text()
    assert "from quo_mcp.cli import main" in script


@pytest.mark.anyio
async def test_the_list_of_tools_is_the_one_that_clients_get(tmp_path):
    status, said, errors = await run_to_end(
        "tools", "--json", env=environment(tmp_path, QUO_MCP_TOOLSETS="all")
    )
    async with Client(build_server(Settings(toolsets=("all",)))) as client:
        listed = await client.list_tools()
    assert (status, errors) == (0, "")
    assert json.loads(said)["tools"] == [
        each.model_dump(mode="json", by_alias=True, exclude_none=True) for each in listed.tools
    ]


@pytest.mark.anyio
async def test_a_machine_without_a_time_zone_database_is_served(tmp_path):
    without_database = environment(tmp_path, PYTHONTZPATH="", TZ="America/New_York")
    del without_database["QUO_MCP_TIME_ZONE"]
    status, said, errors = await run_to_end("doctor", env=without_database)
    assert (status, errors) == (0, "")
    assert "America/New_York" in said


@pytest.mark.anyio
async def test_a_safety_rule_in_small_letters_stops_the_start(tmp_path):
    status, said, errors = await run_to_end(env=environment(tmp_path, quo_mcp_read_only="true"))
    assert (status, said) == (2, "")
    assert "quo_mcp_read_only: unknown setting; did you mean QUO_MCP_READ_ONLY?" in errors


@pytest.mark.anyio
async def test_a_field_that_the_client_left_unfilled_is_said_on_stderr_and_stops_nothing(tmp_path):
    unfilled = environment(tmp_path, QUO_MCP_TIME_ZONE="${user_config.time_zone}")
    status, _, errors = await run_to_end(env=unfilled)
    assert status == 0
    assert "QUO_MCP_TIME_ZONE is not set: the client passed the unfilled placeholder" in errors


@pytest.mark.anyio
async def test_the_list_of_tools_is_readable_and_keeps_to_the_settings(tmp_path):
    status, said, _ = await run_to_end(
        "tools", env=environment(tmp_path, QUO_MCP_READ_ONLY="1", QUO_MCP_TOOLSETS="messages")
    )
    assert status == 0
    assert said.startswith("messages\n")
    assert "  quo_list_messages " in said
    assert "quo_send_message" not in said.replace("From quo_send_message", "")
    assert "quo_list_calls" not in said


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["quo_list_users", "limit=1"], 0, "Marisol Vega"),
        (["list_users"], 0, "Marisol Vega"),
        (
            ["quo_list_messages", "person=Jane Whitaker", "limit=1"],
            0,
            "Messages with Jane Whitaker",
        ),
        (["quo_send_message", "to=+14155550111", "text=a=b", "inbox=Front Desk"], 0, "Sent to"),
        (["quo_list_messages", "person=Nobody At All"], 1, "Nobody At All"),
        (["quo_list_users", "limit=many"], 2, "limit: must be an integer"),
        (["no_such_tool"], 2, 'Unknown tool "quo_no_such_tool"'),
        (["quo_list_users", "limit"], 2, "invalid argument 'limit': use the form key=value"),
    ],
)
@pytest.mark.anyio
async def test_a_call_from_the_shell_tells_by_its_status_how_it_went(
    arguments, status, words, tmp_path
):
    ended, said, errors = await run_to_end("call", *arguments, env=environment(tmp_path))
    assert ended == status
    assert words in (errors if status == 2 else said)
    assert bool(errors) is (status == 2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["quo_send_message", f"to={JANE}", "text=Hi", "inbox=Front Desk"], "Outcome unknown: "),
        (["quo_create_contact", "first_name=Al"], "may have been created"),
        (["quo_create_connection"], "see whether the request took effect"),
    ],
)
@pytest.mark.anyio
async def test_a_call_that_may_have_been_done_has_a_status_of_its_own(arguments, words, tmp_path):
    box = Sandbox()
    box.inject(Fault("dropped", "POST"))
    async with gateway(box) as url:
        env = environment(tmp_path, MATON_API_KEY="sandbox", QUO_MCP_BASE_URL=url)
        ended, said, errors = await run_to_end("call", *arguments, env=env)
        assert (ended, errors) == (3, "")
        assert words in said
        if send := re.search("send_[0-9a-f]+", said):
            ended, _, _ = await run_to_end("call", "get_send_status", f"send_id={send[0]}", env=env)
            assert ended == 3


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"QUO_MCP_READ_ONLI": "1"}, "did you mean QUO_MCP_READ_ONLY"),
        ({"QUO_MCP_TOOLSETS": "mesages"}, "did you mean messages"),
        ({"QUO_MCP_SEND_TIMEOUT": "soon"}, "QUO_MCP_SEND_TIMEOUT"),
        ({"MATON_API_KEY": "two words"}, "MATON_API_KEY"),
        ({"QUO_MCP_BASE_URL": "http://gateway.example.com"}, "https://"),
    ],
)
@pytest.mark.parametrize("command", [["serve"], ["tools"], ["call", "quo_list_users"]])
def test_a_setting_that_does_not_fit_is_named(command, setting, words, capsys, monkeypatch):
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    assert exit_status(command) == 2
    said, errors = capsys.readouterr()
    assert said == ""
    assert words in errors
    assert "two words" not in errors


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("serve", ["/mcp", "/health", "QUO_MCP_HTTP_TOKEN", "4020"]),
        ("sandbox", ["key is: sandbox", "POST", "/_sandbox/faults", "/_sandbox/ledger", "4010"]),
        ("call", ["2 usage error", "3 unknown or in progress"]),
    ],
)
def test_the_help_says_what_one_needs_to_know(command, words, capsys):
    with pytest.raises(SystemExit):
        main([command, "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert [each for each in words if each not in told] == []


@pytest.mark.parametrize("given", [["--port", "0"], ["--host", "127.0.0.1"]])
def test_an_address_without_http_is_not_passed_over(given, capsys):
    assert main(["serve", *given]) == 2
    assert "add --http" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals there")
@pytest.mark.anyio
async def test_at_a_terminal_it_says_what_it_waits_for(tmp_path):
    ours, theirs = os.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "quo_mcp"),
        stdin=theirs,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(tmp_path),
    )
    try:
        said = await process.stderr.readline()
    finally:
        process.kill()
        await process.communicate()
        os.close(ours)
        os.close(theirs)
    assert b"waiting for an MCP client" in said
    assert b"quo-mcp demo" in said


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["serve", "--port", "70000"], ["optouts", "add"], ["--nonsense"]]
)
def test_what_the_command_does_not_know_is_refused(arguments, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("QUO_MCP_STATE_DIR", str(tmp_path))
    assert exit_status(arguments) == 2
    said, errors = capsys.readouterr()
    assert said == ""
    assert "quo-mcp" in errors
    assert "argument :" not in errors


@pytest.mark.parametrize("port", ["0", "4020", "65535"])
def test_a_port_is_a_number_up_to_65535(port):
    assert port_number(port) == int(port)


@pytest.mark.parametrize("port", ["65536", "-1", "http", "", "1.5"])
def test_what_is_no_port_is_refused(port):
    with pytest.raises(argparse.ArgumentTypeError, match="from 0 to 65535"):
        port_number(port)


@pytest.mark.anyio
async def test_opt_outs_are_listed_and_added(tmp_path):
    env = environment(tmp_path)
    assert await run_to_end("optouts", "--sandbox", env=env) == (
        0,
        "The do-not-text list is empty.",
        "",
    )
    status, said, _ = await run_to_end("optouts", "--sandbox", "add", "+14155550111", env=env)
    assert (status, said) == (0, "+14155550111 is on the do-not-text list.")
    _, said, _ = await run_to_end("optouts", "--sandbox", "list", env=env)
    assert said.startswith("+1 415 555 0111 · since ")
    send = ("call", "quo_send_message", "to=+14155550111", "text=Hello", "inbox=Front Desk")
    status, said, _ = await run_to_end(*send, env=env)
    assert status == 1
    assert "to the do-not-text list" in said
    send = ("call", "quo_send_message", "to=+15105550153", "text=Hello", "inbox=Front Desk")
    status, said, _ = await run_to_end(*send, env=env)
    assert status == 0
    status, said, _ = await run_to_end("sends", "--sandbox", env=env)
    assert status == 0
    assert ' · sent · Rosa Delgado (+1 510 555 0153) · "Hello" · send_' in said


@pytest.mark.anyio
async def test_no_sends_are_told_as_such_and_a_wrong_one_cannot_be_given_up(tmp_path):
    env = environment(tmp_path)
    assert await run_to_end("sends", "--sandbox", env=env) == (0, "No texts sent yet.", "")
    status, said, errors = await run_to_end("sends", "--sandbox", "--give-up", "send_0", env=env)
    assert (status, said) == (1, "")
    assert "send_0" in errors


@pytest.mark.anyio
@pytest.mark.parametrize("command", [["demo"], ["call", "list_connections"], ["doctor"]])
async def test_a_terminal_that_lacks_characters_gets_the_rest(command, tmp_path):
    env = environment(tmp_path, PYTHONIOENCODING="ascii", HOME=str(tmp_path))
    status, said, errors = await run_to_end(*command, env=env)
    assert (status, errors) == (0, "")
    assert "?" in said
    assert said.isascii()


@pytest.mark.anyio
async def test_the_demo_tells_the_story_to_its_end(tmp_path):
    status, said, errors = await run_to_end(
        "demo", env=environment(tmp_path, MATON_API_KEY="never-used", QUO_MCP_READ_ONLY="1")
    )
    assert (status, errors) == (0, "")
    assert all(len(line) <= 100 for line in said.splitlines())
    moments = [
        "The agent lists the tools. There are ",
        "What is new?",
        "Conversations, latest activity first:",
        "What does Jane Whitaker want?",
        "> Also, could you confirm",
        "Calls with Jane Whitaker",
        '"service plan" found in',
        "> Okay. Does my service plan cover any of it?",
        '"Jane" matches several people',
        "The agent looks her up.",
        "Jane Whitaker · ",
        "The contact is now:",
        "One call returns an overview of her",
        "Jane Whitaker · Homeowner",
        "Open tasks",
        "Preview only; not sent.",
        "Ready to send: call again without dry_run.",
        "Sent to Jane Whitaker",
        "Not sent again: the same text was already sent to Jane Whitaker",
        "The text is now in the conversation.",
        "> Friday at 9 works for the expansion vessel. See you then!",
        "End of the sample session.",
    ]
    at = 0
    for moment in moments:
        at = said.find(moment, at)
        assert at >= 0, moment
    assert not list(tmp_path.iterdir())  # the demo's sends are nobody's business


@pytest.mark.anyio
async def test_the_sandbox_can_be_served_by_itself(tmp_path):
    async with running("sandbox", "--port", "0", env=environment(tmp_path)) as process:
        first = (await process._process.stdout.readline()).decode()
        url = first.split(" is at ")[1].split(" ")[0]
        assert url.startswith("http://127.0.0.1:")
        told = (await process._process.stdout.readline()).decode()
        settings = dict(each.split("=") for each in told.split()[:2])
        env = environment(tmp_path, **settings)
        status, said, _ = await run_to_end(
            *("call", "quo_send_message", "to=+14155550111", "text=Hi", "inbox=Front Desk"), env=env
        )
        assert status == 0
        assert "SANDBOX" not in said  # to the server it is a gateway like any other
        async with httpx2.AsyncClient(base_url=url) as http:
            (sent,) = (await http.get("/_sandbox/ledger")).json()
        assert (sent["to"], sent["content"]) == (["+14155550111"], "Hi")
        process.signal(15)
        status, errors = await process.wait_for_exit()
    assert (status, errors) == (0, "")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("delivered", ' · "On our way." · send_'),
        ("undelivered", ' · "On our way." · undelivered · send_'),
        ("sent", ' · "On our way." · not delivered yet: sent · send_'),
        (None, ' · "On our way." · not delivered yet: queued · send_'),
    ],
)
async def test_sends_reads_open_delivery_statuses_again(tmp_path, status, expected):
    """None: Quo does not answer."""
    box = Sandbox(key="sends", enforce_rate=False, auto_reply=False)
    message = box.state.add_message(box.state.numbers[DESK], [JANE], "On our way.", utc_now())
    message["status"] = status or "delivered"
    if status is None:
        box.inject(Fault("error_before", path="/quo/v1/messages", times=None, status=403))
    async with gateway(box) as url:
        variables = {"MATON_API_KEY": "sends", "QUO_MCP_BASE_URL": url}
        settings = load_settings({"QUO_MCP_STATE_DIR": str(tmp_path), **variables})
        with open_records(settings) as (journal, _):
            request = SendRequest("shop", DESK, (JANE,), "On our way.")
            limits = limits_from(settings)
            reserved = journal.reserve(
                request, now=utc_now(), duplicate_window=timedelta(0), limits=limits
            )
            journal.begin(reserved.send_id, now=utc_now())
            outcome = {"message_id": message["id"], "status": "queued"}
            journal.finish(reserved.send_id, SendState.SENT, now=utc_now(), **outcome)
        env = environment(tmp_path, **variables)
        code, listed, _ = await run_to_end("sends", env=env)
        assert code == 0
        assert expected in listed
        assert ("as last read from Quo" in listed) is (status in {"sent", None})
        code, listed, _ = await run_to_end("sends", "--json", env=env)
        assert json.loads(listed)["sends"][0]["status"] == (status or "queued")
