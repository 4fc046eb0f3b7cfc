import io
import json
from contextlib import asynccontextmanager, suppress

import httpx2
import pytest

from conftest import never_waiting
from quo_mcp.cli.console import Terminal
from quo_mcp.cli.doctor import examine
from quo_mcp.config.settings import Config
from quo_mcp.errors import AccessDenied
from quo_mcp.safety.outbox import Posted
from quo_mcp.safety.send_record import Intent
from quo_mcp.sandbox import Fault, Sandbox
from quo_mcp.server.account import account
from quo_mcp.tools import setup_findings
from sandbox.play import DESK, JANE, Clock

pytestmark = pytest.mark.anyio

PENDING = {"status": "PENDING", "app": "quo"}
CANADIAN = "+16045550123"


@pytest.fixture
def box():
    clock = Clock()
    return Sandbox(seed=7, now=clock, sleep=clock.sleep, enforce_rate=False)


def opening_of(box, during=None):
    """An account with a key, over the sandbox. during: is done with it before it is used."""

    @asynccontextmanager
    async def opening(config):
        transport = httpx2.ASGITransport(box.app)
        async with account(config, transport=transport, now=box._now) as quo:
            never_waiting(quo)
            if during:
                await during(quo)
            yield quo

    return opening


async def found(box, tmp_path, *, during=None, **settings):
    """What the doctor finds with a key, by what it is about, with `fine` and the exit status."""
    config = Config(
        **{
            "api_key": "sandbox",
            "state_dir": tmp_path / "state",
            "time_zone": "America/Los_Angeles",
        }
        | settings
    )
    out = io.StringIO()
    status = await examine(
        config, Terminal(out, io.StringIO()), as_document=True, opening=opening_of(box, during)
    )
    told = json.loads(out.getvalue())
    assert told["fine"] == (status == 0)
    assert not told["sandbox"]
    assert {each["method"] for each in box.requests} <= {"GET"} or during
    return {each.pop("about"): each for each in told["findings"]} | {"status": status}


async def test_an_account_in_order_needs_nothing(box, tmp_path):
    seen = await found(box, tmp_path)
    assert seen.pop("status") == 0
    assert {about: each["verdict"] for about, each in seen.items()} == {
        "API key": "fine",
        "Connection": "fine",
        "Numbers": "fine",
        "Call summaries": "fine",
        "Call transcripts": "fine",
        "State directory": "fine",
        "Texting the US": "unknown",
        "Limits": "fine",
        "Clock": "fine",
        "Time zone": "fine",
    }
    assert "Front Desk +1 415 555 0100" in seen["Numbers"]["says"]


async def test_a_key_that_is_refused_is_the_one_thing_said_of_the_account(box, tmp_path):
    seen = await found(box, tmp_path, api_key="wrong-key")
    assert seen["status"] == 1
    assert seen["API key"]["verdict"] == "wrong"
    assert seen["API key"]["link"] == "https://maton.ai/settings"
    assert "wrong-key" not in str(seen)
    assert not {"Connection", "Numbers", "Call summaries"} & set(seen)
    assert len(box.requests) == 1


@pytest.mark.parametrize("key", ["$MATON_API_KEY", "$KEY", "${env:MATON_API_KEY}"])
async def test_a_reference_that_the_client_did_not_resolve_is_recognised(box, tmp_path, key):
    seen = await found(box, tmp_path, api_key=key)
    assert "is not set where the client runs" in seen["API key"]["says"]
    assert "link" not in seen["API key"]
    assert seen["status"] == 1
    assert box.requests == []


async def test_a_silent_control_plane_does_not_hide_the_numbers(box, tmp_path):
    box.misbehave(Fault("html", path="/connections", times=None, status=503))
    seen = await found(box, tmp_path)
    assert seen["API key"]["says"].startswith(
        "The gateway could not be asked. Quo cannot be reached"
    )
    assert seen["API key"]["verdict"] == "unknown"
    assert seen["Numbers"]["verdict"] == "fine"


async def test_an_account_without_a_connection_is_told_how_to_make_one(box, tmp_path):
    box.world.connections.clear()
    seen = await found(box, tmp_path)
    assert seen["Connection"]["says"] == "There is none to Quo."
    assert "quo_create_connection" in seen["Connection"]["remedy"]
    assert seen["Numbers"]["verdict"] == "unknown"
    assert "remedy" not in seen["Numbers"]


async def test_a_connection_that_waits_comes_with_its_link(tmp_path):
    clock = Clock()
    box = Sandbox(seed=7, now=clock, enforce_rate=False, extra_connections=(PENDING,))
    next(iter(box.world.connections.values()))["status"] = "FAILED"
    seen = await found(box, tmp_path)
    assert seen["Connection"]["verdict"] == "wrong"
    assert "/connect?session_token=" in seen["Connection"]["link"]
    assert "quo_create_connection" not in str(seen)


@pytest.mark.parametrize(
    ("status", "says", "remedy"),
    [
        ("ACTIVE", "is active and used, as QUO_MCP_CONNECTION says.", ""),
        ("FAILED", "is not active (failed).", "quo_create_connection"),
        ("", "is not active (no status).", "quo_create_connection"),
    ],
)
async def test_the_connection_that_is_set_is_the_one_looked_at(box, tmp_path, status, says, remedy):
    [connection] = box.world.connections.values()
    connection["status"] = status
    seen = await found(box, tmp_path, connection=connection["connection_id"])
    assert seen["Connection"]["says"] == f"{connection['connection_id']} {says}"
    assert remedy in seen["Connection"].get("remedy", "")


async def test_a_connection_that_is_set_and_unknown_is_answered_with_those_there_are(box, tmp_path):
    [connection] = box.world.connections
    seen = await found(box, tmp_path, connection="gone")
    assert connection in seen["Connection"]["remedy"]
    box.world.connections.clear()
    seen = await found(box, tmp_path, connection="gone")
    assert "quo_create_connection" in seen["Connection"]["remedy"]


async def test_of_several_active_connections_a_person_has_to_choose(tmp_path):
    clock = Clock()
    more = tuple({"status": "ACTIVE", "connection_id": f"c-{n}"} for n in range(6))
    box = Sandbox(seed=7, now=clock, enforce_rate=False, extra_connections=more)
    seen = await found(box, tmp_path)
    assert seen["Connection"]["says"].startswith("7 are active")
    assert "c-0, c-1, c-2, c-3 and 2 more" in seen["Connection"]["remedy"]


@pytest.mark.parametrize("pinned", [False, True])
@pytest.mark.parametrize(
    "fault",
    [
        Fault("stale_connection", path="/quo/", times=None),
        Fault("error_before", path="/quo/", times=None, status=401, style="quo"),
    ],
    ids=["500", "401"],
)
async def test_an_authorization_that_expired_is_the_connections_fault(box, tmp_path, fault, pinned):
    [connection] = box.world.connections
    box.misbehave(fault)
    seen = await found(box, tmp_path, connection=connection if pinned else None)
    assert seen["status"] == 1
    assert seen["Connection"]["verdict"] == "wrong"
    assert "its authorization has most likely expired" in seen["Connection"]["says"]
    remedy = seen["Connection"]["remedy"]
    assert remedy.index("quo_create_connection") < remedy.index("opens its link")
    assert remedy.index("opens its link") < remedy.index(f"connection_id={connection}")
    assert ("QUO_MCP_CONNECTION" in remedy) == pinned
    assert seen["Numbers"]["verdict"] == "unknown"


@pytest.mark.parametrize(
    "fault",
    [
        Fault("rate_limited", path="/quo/v1/phone-numbers", times=None),
        Fault("html", path="/quo/v1/phone-numbers", times=None, status=502),
    ],
    ids=["429", "502"],
)
async def test_what_will_pass_leaves_the_numbers_open(box, tmp_path, fault):
    box.misbehave(fault)
    seen = await found(box, tmp_path)
    assert seen["status"] == 0
    assert seen["Connection"]["verdict"] == "fine"
    assert seen["Numbers"]["verdict"] == "unknown"
    assert "again" in seen["Numbers"]["says"]


async def test_an_account_that_has_to_pay_is_told_so(box, tmp_path):
    box.misbehave(Fault("error_before", path="/quo/", times=None, status=402, style="quo"))
    seen = await found(box, tmp_path)
    assert seen["Connection"]["verdict"] == "fine"
    assert seen["Numbers"]["verdict"] == "wrong"
    assert "billing" in seen["Numbers"]["says"]


async def test_an_account_without_numbers_cannot_do_much(box, tmp_path):
    box.world.numbers.clear()
    seen = await found(box, tmp_path)
    assert seen["Numbers"]["verdict"] == "wrong"
    assert "QUO_MCP_INBOXES" in seen["Numbers"]["remedy"]


async def test_more_numbers_than_one_reads_are_counted(box, tmp_path):
    desk = box.world.numbers[DESK]
    for n in range(6):
        box.world.numbers[f"PNmore{n}"] = desk | {
            "id": f"PNmore{n}",
            "number": "12345",
            "name": None,
        }
    seen = await found(box, tmp_path)
    assert seen["Numbers"]["says"].endswith("Unnamed 12345 and 4 more.")


async def test_a_plan_without_summaries_is_no_fault(box, tmp_path):
    refusal = Fault(
        "error_before", path="/quo/v1/call-summaries", times=None, status=403, style="quo"
    )
    box.misbehave(refusal)
    seen = await found(box, tmp_path)
    assert seen["status"] == 0
    assert seen["Call summaries"]["verdict"] == "note"
    assert "Business" in seen["Call summaries"]["remedy"]
    assert seen["Call transcripts"]["verdict"] == "fine"


async def test_what_the_plan_makes_is_not_known_without_a_call_to_ask_about(box, tmp_path):
    box.world.calls.clear()
    seen = await found(box, tmp_path)
    assert seen["Call summaries"]["verdict"] == "unknown"
    assert not [each for each in box.requests if "call-summaries" in each["path"]]


async def test_calls_of_which_nothing_was_made_leave_it_open(box, tmp_path):
    box.world.summaries.clear()
    box.misbehave(
        Fault("error_before", path="/quo/v1/call-transcripts", times=None, status=400, style="quo")
    )
    seen = await found(box, tmp_path)
    assert seen["Call summaries"]["says"].startswith("Not known: a recent call has none.")
    assert len([each for each in box.requests if "call-summaries" in each["path"]]) == 3
    assert seen["Call transcripts"]["verdict"] == "unknown"


async def test_threads_that_cannot_be_read_leave_the_plan_open(box, tmp_path):
    box.misbehave(
        Fault("error_before", path="/quo/v1/conversations", times=None, status=400, style="quo")
    )
    seen = await found(box, tmp_path)
    assert {seen[what]["verdict"] for what in ("Call summaries", "Call transcripts")} == {"unknown"}


async def test_requests_that_were_turned_away_are_said(box, tmp_path):
    box.misbehave(Fault("rate_limited", path="/quo/v1/conversations", times=None))
    seen = await found(box, tmp_path)
    assert seen["Limits"]["verdict"] == "note"
    assert seen["Limits"]["remedy"] == "Wait a minute."


UNREGISTERED = (
    "Texts to US numbers need an approved A2P (10DLC) registration, and this workspace has none. "
    "A person must register in Quo's settings; nothing was sent, and repeating does not help."
)


def sending(*texts):
    """Sends a text each, a second apart: to whom, and whether Quo refuses it as not registered."""

    async def look(_since):
        return []

    async def taken():
        return Posted(None)

    async def refused():
        raise AccessDenied(UNREGISTERED, status=400)

    async def during(quo):
        for to, is_refused in texts:
            intent = Intent(quo.account, DESK, (to,), f"to {to}", again=True)
            with suppress(AccessDenied):
                await quo.outbox.send(intent, post=refused if is_refused else taken, look=look)
            quo.now.wait(1)

    return during


@pytest.mark.parametrize(
    ("texts", "verdict", "status"),
    [
        ([(JANE, True)], "wrong", 1),
        ([(JANE, True), (CANADIAN, False)], "wrong", 1),
        ([(JANE, True), (JANE, False)], "fine", 0),
        ([(CANADIAN, False)], "unknown", 0),
    ],
)
async def test_registration_is_known_from_texts_that_were_sent_and_only_from_them(
    box, tmp_path, texts, verdict, status
):
    seen = await found(box, tmp_path, during=sending(*texts))
    assert (seen["Texting the US"]["verdict"], seen["status"]) == (verdict, status)
    assert not [each for each in box.requests if each["method"] != "GET"]


async def test_limits_that_are_reached_are_named(box, tmp_path):
    seen = await found(box, tmp_path, during=sending((JANE, False)), max_per_hour=1)
    assert seen["Limits"]["says"] == "Sent 1 of 1 texts in an hour and 1 of 300 texts in a day."
    assert seen["Limits"]["remedy"] == "Wait, or have a person raise QUO_MCP_MAX_PER_HOUR."


async def test_a_state_directory_that_cannot_be_written_stops_sends_and_is_said(box, tmp_path):
    (tmp_path / "state").write_text("a file where a directory should be")
    seen = await found(box, tmp_path)
    assert seen["status"] == 1
    assert "QUO_MCP_STATE_DIR" in seen["State directory"]["remedy"]
    assert "Limits" not in seen


@pytest.mark.parametrize(
    ("settings", "zone", "verdict"),
    [
        ({}, "UTC", "note"),
        ({}, "Europe/Paris", "fine"),
        ({"time_zone": "UTC"}, "UTC", "fine"),
    ],
)
async def test_a_machine_on_utc_may_not_be_where_its_people_are(settings, zone, verdict):
    assert setup_findings.time_zone(Config(**settings), zone).verdict == verdict
