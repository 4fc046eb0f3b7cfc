"""`quo-mcp doctor --live` on the sandbox, with each assumption broken in turn."""

import io
import json
import re

import httpx2
import pytest

from quo_mcp.cli.console import Terminal
from quo_mcp.cli.live_report import report_assumptions
from quo_mcp.config.settings import Settings
from quo_mcp.errors import DatabaseUnavailable
from quo_mcp.records.assumptions import ASSUMPTIONS, Assumption
from quo_mcp.sandbox import Fault, Sandbox
from quo_mcp.server.account import open_account
from quo_mcp.tools.setup_checks.live_checks import LIVE_CHECKS, MAX_REQUESTS

pytestmark = pytest.mark.anyio


class ChangedQuo(httpx2.AsyncBaseTransport):
    """The sandbox, with a Date header like a real server's, and with replies that `change` edits.

    change: receives the path's last words, the query and the JSON body, and returns the body or (status, body).
    """

    def __init__(self, box, change=None, *, date=True):
        self.inner, self.change, self.date = httpx2.ASGITransport(box.app), change, date

    async def handle_async_request(self, request):
        path = request.url.path.split("/v1/")[-1]
        if self.change and (early := self.change(path, request.url.params, None)) is not None:
            return early
        response = await self.inner.handle_async_request(request)
        content, status = await response.aread(), response.status_code
        if self.change and content:
            changed = self.change(path, request.url.params, json.loads(content))
            status, body = changed if isinstance(changed, tuple) else (status, changed)
            content = json.dumps(body).encode()
        headers = {"Date": "Wed, 04 Mar 2026 18:30:00 GMT"} if self.date else {}
        return httpx2.Response(status, content=content, headers=headers)


def edit(path_prefix, function):
    def change(path, params, body):
        if body is None:
            return None
        return function(params, body) if path.startswith(path_prefix) else body

    return change


def stale_times(_params, body):
    for item in body["data"]:
        item["updatedAt"] = "2020-01-01T00:00:00.000Z"
    return body


def oldest_first(_params, body):
    body["data"].reverse()
    return body


def small_pages(path, params, body):
    if path != "conversations":
        return body
    if params.get("pageToken") == "more":
        return httpx2.Response(200, json={"data": small_pages.rest, "nextPageToken": None})
    if body is not None:
        small_pages.rest = body["data"][20:]
        return body | {"data": body["data"][:20], "nextPageToken": "more"}
    return None


def repeated_items(params, body):
    if params.get("pageToken"):
        body["data"] = repeated_items.first
    else:
        repeated_items.first = body["data"]
    return body


def authors_only(params, body):
    if "userId" in params:
        body["data"] = [item for item in body["data"] if item["userId"] == params["userId"]]
    return body


def short_snoozes(_params, body):
    for item in body["data"]:
        if item.get("snoozedUntil"):
            item["snoozedUntil"] = "2034-01-01T00:00:00.000Z"
    return body


def missing_is_an_error(path, _params, body):
    if body is not None and path.startswith("call-"):
        return 400, {"message": "Bad Request", "code": "0001400"}
    return body


def no_answer(path, _params, body):
    """Make every call an unanswered one, so that one without a summary is found."""
    if body is not None and path == "calls":
        for call in body["data"]:
            call |= {"answeredAt": None, "status": "missed"}
    return body


def both(first, second):
    def change(path, params, body):
        if body is None:
            return None
        changed = first(path, params, body)
        return changed if isinstance(changed, tuple) else second(path, params, changed)

    return change


def throttle(box):
    box.inject(Fault("rate_limited", path="/quo/v1/", times=3, retry_after="0"))


BROKEN = {
    Assumption.CONVERSATION_TIME: edit("conversations", stale_times),
    Assumption.NEWEST_FIRST: edit("messages", oldest_first),
    Assumption.PAGE_SIZE: small_pages,
    Assumption.PAGE_TOKENS: edit("conversations", repeated_items),
    Assumption.USER_ACCESS: edit("messages", authors_only),
    Assumption.DONE_SNOOZE: edit("conversations", short_snoozes),
    Assumption.MISSING_ARTIFACTS: both(missing_is_an_error, no_answer),
    Assumption.REPLY_DATE: None,
    Assumption.RATE: None,
}


async def report(tmp_path, *, box=None, change=None, date=True, **options):
    box = box or Sandbox(enforce_rate=False)
    settings = Settings(api_key="sandbox", state_dir=tmp_path, time_zone="UTC")
    terminal = Terminal(io.StringIO(), io.StringIO())
    status = await report_assumptions(
        settings,
        terminal,
        account_factory=lambda s: open_account(s, transport=ChangedQuo(box, change, date=date)),
        **options,
    )
    return status, terminal.out.getvalue(), box


def states(text):
    return {
        Assumption(name): state
        for state, name in re.findall(r"^- (holds|FAILS|unknown): ([a-z-]+):", text, re.MULTILINE)
    }


def test_every_assumption_has_a_text_and_a_check():
    assert set(ASSUMPTIONS) == set(LIVE_CHECKS) == set(BROKEN) == set(Assumption)


async def test_on_a_sound_account_no_assumption_fails_and_nothing_is_changed(tmp_path):
    status, text, box = await report(tmp_path, change=no_answer)
    assert status == 0
    assert set(states(text)) == set(Assumption)
    assert "FAILS" not in text
    assert states(text)[Assumption.MISSING_ARTIFACTS] == "holds"
    assert {request["method"] for request in box.requests} == {"GET"}
    reads = [request for request in box.requests if "contacts" not in request["path"]]
    assert len(reads) <= MAX_REQUESTS + 4  # users, inboxes and the connection, for the names


@pytest.mark.parametrize("assumption", Assumption)
async def test_a_broken_assumption_is_found_and_its_consequence_said(tmp_path, assumption):
    box = Sandbox(enforce_rate=False)
    if assumption is Assumption.RATE:
        throttle(box)
    status, text, _ = await report(
        tmp_path,
        box=box,
        change=BROKEN[assumption],
        date=assumption is not Assumption.REPLY_DATE,
    )
    assert states(text)[assumption] == "FAILS", text
    assert ASSUMPTIONS[assumption].consequence in text
    assert status == 1


async def test_the_report_has_no_personal_detail(tmp_path):
    _, text, box = await report(tmp_path)
    state = box.state
    secrets = [*state.conversations, *state.numbers, *state.users]
    secrets += [number["number"] for number in state.numbers.values()]
    secrets += [user["firstName"] for user in state.users.values()]
    assert len(secrets) > 20
    assert [secret for secret in secrets if str(secret) in text] == []
    assert not re.search(r"\+\d{7}", text)


async def test_json_has_the_same_verdicts(tmp_path):
    _, text, _ = await report(tmp_path, json_output=True)
    document = json.loads(text)
    assert document["door"] == "Maton"
    assert {entry["name"] for entry in document["assumptions"]} == {
        each.value for each in Assumption
    }


@pytest.mark.parametrize("status", [401, 403])
async def test_nothing_is_checked_if_the_account_cannot_be_read(tmp_path, status):
    def refuse(_path, _params, body):
        return None if body is None else (status, {"message": "no", "code": "1000403"})

    exit_status, text, _ = await report(tmp_path, change=refuse)
    assert exit_status == 2
    assert text.startswith("Nothing was checked: the conversations could not be read.")


async def test_the_setup_check_says_what_was_verified(tmp_path, monkeypatch):
    from mcp import Client

    from quo_mcp.server.app import build_server

    async def setup():
        settings = Settings(api_key="sandbox", state_dir=tmp_path, time_zone="UTC")
        server = build_server(
            settings,
            account_factory=lambda s: open_account(
                s, transport=ChangedQuo(Sandbox(enforce_rate=False))
            ),
        )
        async with Client(server) as client:
            return (await client.call_tool("quo_check_setup", {})).content[0].text

    assert "Assumptions: Not verified" in await setup()
    await report(tmp_path)
    assert "Assumptions: Verified on this account on" in await setup()
    await report(tmp_path, change=BROKEN[Assumption.CONVERSATION_TIME])
    text = await setup()
    assert "Not on this account: conversation-time." in text
    assert ASSUMPTIONS[Assumption.CONVERSATION_TIME].consequence in text


async def test_a_digest_says_whether_its_coverage_was_verified(tmp_path):
    from mcp import Client

    from quo_mcp.server.app import build_server

    async def coverage():
        settings = Settings(api_key="sandbox", state_dir=tmp_path, time_zone="UTC")
        server = build_server(
            settings,
            account_factory=lambda s: open_account(
                s, transport=ChangedQuo(Sandbox(enforce_rate=False))
            ),
        )
        async with Client(server) as client:
            text = (await client.call_tool("quo_get_digest", {})).content[0].text
            person = await client.call_tool("quo_get_person", {"person": "Jane Whitaker"})
        line = next(line for line in text.splitlines() if line.startswith("Coverage: "))
        return line, text, person.content[0].text

    line, _, person = await coverage()
    assert line.startswith("Coverage: complete since")
    assert "Opt-outs in other conversations" not in person
    await report(tmp_path)
    line, _, _ = await coverage()
    assert line.startswith("Coverage: complete (verified on this account) since")
    await report(tmp_path, change=BROKEN[Assumption.CONVERSATION_TIME])
    line, text, person = await coverage()
    assert line.startswith("Coverage: PARTIAL since")
    assert "do not always update their conversation" in text
    assert "Opt-outs in other conversations may be missed" in person


async def test_verdicts_that_cannot_be_stored_are_printed_all_the_same(tmp_path, monkeypatch):
    def fail(*_arguments):
        raise DatabaseUnavailable("full")

    monkeypatch.setattr("quo_mcp.safety.verdict_store.VerdictStore.save", fail)
    _, text, _ = await report(tmp_path)
    assert "holds: conversation-time" in text
    assert "could not be stored" in text
