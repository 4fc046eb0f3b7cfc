"""The findings of `quo-mcp doctor` for an account with a key."""

import io
import json
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from zoneinfo import ZoneInfo

import httpx2
import pytest

from conftest import skip_waits
from quo_mcp.cli.console import Terminal
from quo_mcp.cli.doctor import report_setup
from quo_mcp.config.settings import Settings
from quo_mcp.errors import AccessDenied
from quo_mcp.gateway import ApiClient
from quo_mcp.safety.send_record import SendRequest
from quo_mcp.sandbox import Fault, Sandbox
from quo_mcp.server.account import open_account
from sandbox.play import DESK, JANE, Clock
from torture.scripted import accepted, open_outbox

pytestmark = pytest.mark.anyio

PENDING = {"status": "PENDING", "app": "quo"}
CANADIAN = "+16045550123"


@pytest.fixture
def box():
    clock = Clock()
    return Sandbox(seed=7, now=clock, sleep=clock.sleep, enforce_rate=False)


class BrokenNetwork(httpx2.ASGITransport):
    """Reaches everything but one path."""

    def __init__(self, app, unreachable):
        super().__init__(app)
        self.unreachable = unreachable

    async def handle_async_request(self, request):
        if request.url.path.startswith(self.unreachable):
            raise httpx2.ConnectError("no route")
        return await super().handle_async_request(request)


def account_factory_for(box, prepare=None, zone=None, unreachable=None):
    """Return a factory of an account with a key, over the sandbox.

    prepare: runs before the account is used. zone: the machine's time zone.
    """

    @asynccontextmanager
    async def account_factory(settings):
        transport = (
            BrokenNetwork(box.app, unreachable) if unreachable else httpx2.ASGITransport(box.app)
        )
        async with open_account(settings, transport=transport, now=box._now) as account:
            skip_waits(account)
            if prepare:
                await prepare(account)
            yield replace(account, zone=ZoneInfo(zone)) if zone else account

    return account_factory


async def doctor_findings(box, tmp_path, *, prepare=None, zone=None, unreachable=None, **settings):
    """Return the findings for an account with a key, by topic, with the exit status as `status`."""
    config = Settings(
        **{
            "api_key": "sandbox",
            "state_dir": tmp_path / "state",
            "time_zone": "America/Los_Angeles",
        }
        | settings
    )
    out = io.StringIO()
    status = await report_setup(
        config,
        Terminal(out, io.StringIO()),
        json_output=True,
        account_factory=account_factory_for(box, prepare, zone, unreachable),
    )
    report = json.loads(out.getvalue())
    assert report["ok"] == (status == 0)
    assert not report["sandbox"]
    assert {each["method"] for each in box.requests} <= {"GET"} or prepare
    return {each.pop("topic"): each for each in report["findings"]} | {"status": status}


async def test_an_account_in_order_needs_nothing(box, tmp_path):
    findings = await doctor_findings(box, tmp_path)
    assert findings.pop("status") == 0
    assert {about: each["status"] for about, each in findings.items()} == {
        "API key": "ok",
        "Connection": "ok",
        "Phone numbers": "ok",
        "Call summaries": "ok",
        "Call transcripts": "ok",
        "State directory": "ok",
        "US texting": "unknown",
        "Limits": "ok",
        "Clock": "ok",
        "Time zone": "ok",
        "Assumptions": "unknown",
    }
    assert "Front Desk (+1 415 555 0100)" in findings["Phone numbers"]["summary"]


async def test_an_obstacle_of_the_network_is_named_and_not_blamed_on_the_key(box, tmp_path):
    box.inject(Fault("html", path="/connections", times=None, status=403))
    findings = await doctor_findings(box, tmp_path)
    assert findings["status"] == 1
    assert findings["Network"]["summary"].startswith(
        "The gateway cannot be reached. Not done: a proxy, firewall or sign-in page answered"
    )
    assert findings["API key"]["status"] == "unknown"


async def test_a_key_that_is_refused_is_the_one_thing_said_of_the_account(box, tmp_path):
    findings = await doctor_findings(box, tmp_path, api_key="wrong-key")
    assert findings["status"] == 1
    assert findings["API key"]["status"] == "problem"
    assert findings["API key"]["url"] == "https://maton.ai/settings"
    assert "wrong-key" not in str(findings)
    assert not {"Connection", "Phone numbers", "Call summaries"} & set(findings)
    assert len(box.requests) == 1


@pytest.mark.parametrize("key", ["$MATON_API_KEY", "$KEY", "${env:MATON_API_KEY}"])
async def test_a_reference_that_the_client_did_not_resolve_is_recognised(box, tmp_path, key):
    findings = await doctor_findings(box, tmp_path, api_key=key)
    assert "is not set where the client runs" in findings["API key"]["summary"]
    assert "url" not in findings["API key"]
    assert findings["Clock"]["status"] == "unknown"
    assert findings["status"] == 1
    assert box.requests == []


async def test_a_silent_control_plane_does_not_hide_the_numbers(box, tmp_path):
    box.inject(Fault("html", path="/connections", times=None, status=503))
    findings = await doctor_findings(box, tmp_path)
    assert findings["API key"]["summary"].startswith("Could not be checked. ")
    assert findings["API key"]["status"] == "unknown"
    assert findings["Phone numbers"]["status"] == "ok"


async def test_an_account_without_a_connection_is_told_how_to_make_one(box, tmp_path):
    box.state.connections.clear()
    findings = await doctor_findings(box, tmp_path)
    assert findings["Connection"]["summary"] == "No connection to Quo."
    assert "quo_create_connection" in findings["Connection"]["remedy"]
    assert findings["Phone numbers"]["status"] == "unknown"
    assert "remedy" not in findings["Phone numbers"]


async def test_a_connection_that_waits_comes_with_its_link(tmp_path):
    clock = Clock()
    box = Sandbox(seed=7, now=clock, enforce_rate=False, extra_connections=(PENDING,))
    next(iter(box.state.connections.values()))["status"] = "FAILED"
    findings = await doctor_findings(box, tmp_path)
    assert findings["Connection"]["status"] == "problem"
    assert "/connect?session_token=" in findings["Connection"]["url"]
    assert "quo_create_connection" not in str(findings)


@pytest.mark.parametrize(
    ("status", "says", "remedy"),
    [
        ("ACTIVE", "Using {} (set in QUO_MCP_CONNECTION).", ""),
        ("FAILED", "{} is not active (status: failed).", "quo_create_connection"),
        ("", "{} is not active (status: unknown).", "quo_create_connection"),
    ],
)
async def test_the_connection_that_is_set_is_the_one_looked_at(box, tmp_path, status, says, remedy):
    [connection] = box.state.connections.values()
    connection["status"] = status
    findings = await doctor_findings(box, tmp_path, connection=connection["connection_id"])
    assert findings["Connection"]["summary"] == says.format(connection["connection_id"])
    assert remedy in findings["Connection"].get("remedy", "")


async def test_a_connection_that_is_set_and_unknown_is_answered_with_those_there_are(box, tmp_path):
    [connection] = box.state.connections
    findings = await doctor_findings(box, tmp_path, connection="gone")
    assert connection in findings["Connection"]["remedy"]
    box.state.connections.clear()
    findings = await doctor_findings(box, tmp_path, connection="gone")
    assert "quo_create_connection" in findings["Connection"]["remedy"]


async def test_of_several_active_connections_a_person_has_to_choose(tmp_path):
    clock = Clock()
    more = tuple({"status": "ACTIVE", "connection_id": f"c-{n}"} for n in range(6))
    box = Sandbox(seed=7, now=clock, enforce_rate=False, extra_connections=more)
    findings = await doctor_findings(box, tmp_path)
    assert findings["Connection"]["summary"].startswith("7 connections are active")
    assert "c-0, c-1, c-2, c-3 and 2 more" in findings["Connection"]["remedy"]


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
    [connection] = box.state.connections
    box.inject(fault)
    findings = await doctor_findings(box, tmp_path, connection=connection if pinned else None)
    assert findings["status"] == 1
    assert findings["Connection"]["status"] == "problem"
    assert "Its authorization has probably expired" in findings["Connection"]["summary"]
    remedy = findings["Connection"]["remedy"]
    assert remedy.index("quo_create_connection") < remedy.index("open its link")
    assert remedy.index("open its link") < remedy.index(f'connection_id="{connection}"')
    assert ("QUO_MCP_CONNECTION" in remedy) == pinned
    assert findings["Phone numbers"]["status"] == "unknown"


@pytest.mark.parametrize(
    "fault",
    [
        Fault("rate_limited", path="/quo/v1/phone-numbers", times=None),
        Fault("html", path="/quo/v1/phone-numbers", times=None, status=502),
    ],
    ids=["429", "502"],
)
async def test_what_will_pass_leaves_the_numbers_open(box, tmp_path, fault):
    box.inject(fault)
    findings = await doctor_findings(box, tmp_path)
    assert findings["status"] == 0
    assert findings["Connection"]["status"] == "ok"
    assert findings["Phone numbers"]["status"] == "unknown"
    assert "again" in findings["Phone numbers"]["summary"]


async def test_an_account_that_has_to_pay_is_told_so(box, tmp_path):
    box.inject(Fault("error_before", path="/quo/", times=None, status=402, style="quo"))
    findings = await doctor_findings(box, tmp_path)
    assert findings["Connection"]["status"] == "ok"
    assert findings["Phone numbers"]["status"] == "problem"
    assert "billing" in findings["Phone numbers"]["summary"]


async def test_an_account_without_numbers_cannot_do_much(box, tmp_path):
    box.state.numbers.clear()
    findings = await doctor_findings(box, tmp_path)
    assert findings["Phone numbers"]["status"] == "problem"
    assert "QUO_MCP_INBOXES" in findings["Phone numbers"]["remedy"]


async def test_more_numbers_than_one_reads_are_counted(box, tmp_path):
    desk = box.state.numbers[DESK]
    for n in range(6):
        box.state.numbers[f"PNmore{n}"] = desk | {
            "id": f"PNmore{n}",
            "number": "12345",
            "name": None,
        }
    findings = await doctor_findings(box, tmp_path)
    assert findings["Phone numbers"]["summary"].endswith("Unnamed (12345) and 4 more.")


async def test_a_plan_without_summaries_is_no_fault(box, tmp_path):
    refusal = Fault(
        "error_before", path="/quo/v1/call-summaries", times=None, status=403, style="quo"
    )
    box.inject(refusal)
    findings = await doctor_findings(box, tmp_path)
    assert findings["status"] == 0
    assert findings["Call summaries"]["status"] == "note"
    assert "Business" in findings["Call summaries"]["remedy"]
    assert findings["Call transcripts"]["status"] == "ok"


async def test_what_the_plan_makes_is_not_known_without_a_call_to_ask_about(box, tmp_path):
    box.state.calls.clear()
    findings = await doctor_findings(box, tmp_path)
    assert findings["Call summaries"]["status"] == "unknown"
    assert not [each for each in box.requests if "call-summaries" in each["path"]]


async def test_calls_of_which_nothing_was_made_leave_it_open(box, tmp_path):
    box.state.summaries.clear()
    box.inject(
        Fault("error_before", path="/quo/v1/call-transcripts", times=None, status=400, style="quo")
    )
    findings = await doctor_findings(box, tmp_path)
    assert findings["Call summaries"]["summary"].startswith("None found on recent calls.")
    assert len([each for each in box.requests if "call-summaries" in each["path"]]) == 3
    assert findings["Call transcripts"]["status"] == "unknown"


async def test_threads_that_cannot_be_read_leave_the_plan_open(box, tmp_path):
    box.inject(
        Fault("error_before", path="/quo/v1/conversations", times=None, status=400, style="quo")
    )
    findings = await doctor_findings(box, tmp_path)
    assert {findings[what]["status"] for what in ("Call summaries", "Call transcripts")} == {
        "unknown"
    }


async def test_requests_that_were_turned_away_are_said(box, tmp_path):
    box.inject(Fault("rate_limited", path="/quo/v1/conversations", times=None))
    findings = await doctor_findings(box, tmp_path)
    assert findings["Limits"]["status"] == "note"
    assert findings["Limits"]["remedy"] == "Wait a minute, then check again."


UNREGISTERED = (
    "Texts to US numbers need an approved A2P (10DLC) registration, and this workspace has none. "
    "A person must register in Quo's settings; nothing was sent, and repeating does not help."
)


def sending(*texts):
    """Return a step that sends texts one second apart. texts: pairs of recipient and whether Quo refuses it as unregistered."""

    async def prepare(account):
        async def answer(_method, _segments, _query, body):
            if body["content"].endswith("True"):
                raise AccessDenied(UNREGISTERED, status=400)
            return accepted(f"AC{account.now().timestamp():.0f}")

        journal = account.outbox._journal
        outbox = open_outbox(None, ApiClient(answer), journal=journal, now=account.now)
        for to, is_refused in texts:
            send_request = SendRequest(account.id, DESK, (to,), f"refused: {is_refused}")
            with suppress(AccessDenied):
                await outbox.send(send_request)
            account.now.wait(1)

    return prepare


@pytest.mark.parametrize(
    ("texts", "verdict", "status"),
    [
        ([(JANE, True)], "problem", 1),
        ([(JANE, True), (CANADIAN, False)], "problem", 1),
        ([(JANE, True), (JANE, False)], "ok", 0),
        ([(CANADIAN, False)], "unknown", 0),
    ],
)
async def test_registration_is_known_from_texts_that_were_sent_and_only_from_them(
    box, tmp_path, texts, verdict, status
):
    findings = await doctor_findings(box, tmp_path, prepare=sending(*texts))
    assert (findings["US texting"]["status"], findings["status"]) == (verdict, status)
    assert not [each for each in box.requests if each["method"] != "GET"]


async def test_limits_that_are_reached_are_named(box, tmp_path):
    findings = await doctor_findings(box, tmp_path, prepare=sending((JANE, False)), max_per_hour=1)
    assert (
        findings["Limits"]["summary"]
        == "Texts sent: 1 of 1 in the last hour, 1 of 300 in the last day."
    )
    assert findings["Limits"]["remedy"] == "Wait, or raise QUO_MCP_MAX_PER_HOUR."


async def test_a_state_directory_that_cannot_be_written_stops_sends_and_is_said(box, tmp_path):
    (tmp_path / "state").write_text("a file where a directory should be")
    findings = await doctor_findings(box, tmp_path)
    assert findings["status"] == 1
    assert "move away the file" in findings["State directory"]["summary"]
    assert "QUO_MCP_STATE_DIR" not in str(findings["State directory"])
    assert "Limits" not in findings


@pytest.mark.parametrize(
    ("settings", "zone", "verdict"),
    [
        ({}, "UTC", "note"),
        ({}, "Europe/Paris", "ok"),
        ({"time_zone": "UTC"}, "UTC", "ok"),
    ],
)
async def test_a_machine_on_utc_may_not_be_where_its_people_are(
    box, tmp_path, settings, zone, verdict
):
    findings = await doctor_findings(box, tmp_path, zone=zone, **{"time_zone": None} | settings)
    assert findings["Time zone"]["status"] == verdict


@pytest.mark.parametrize("path", ["/connections", "/quo/", "/"])
async def test_a_network_failure_is_the_networks_and_not_the_keys(box, tmp_path, path):
    findings = await doctor_findings(box, tmp_path, unreachable=path)
    assert findings.pop("status") == 1
    wrong = {about for about, each in findings.items() if each["status"] == "problem"}
    assert wrong == {"Network"}
    assert findings["Network"]["summary"].startswith(
        "The gateway cannot be reached. No connection to "
    )
    assert "nothing was changed" not in str(findings)
    assert findings["Clock"]["status"] == ("unknown" if path == "/" else "ok")
    assert findings["Clock"]["summary"].startswith("Not checked") == (path == "/")
    assert (findings["API key"]["status"] == "ok") == (path == "/quo/")
    assert (findings["Phone numbers"]["status"] == "ok") == (path == "/connections")
