"""Whether this machine's clock can be trusted, by the dates of the gateway's replies."""

import io
import json
from contextlib import asynccontextmanager
from datetime import timedelta
from email.utils import format_datetime

import httpx2
import pytest

from conftest import skip_waits
from quo_mcp.cli.console import Terminal
from quo_mcp.cli.doctor import report_setup
from quo_mcp.config.settings import Settings
from quo_mcp.sandbox import Sandbox
from quo_mcp.server.account import open_account
from sandbox.play import Clock

pytestmark = pytest.mark.anyio


def dated(app, date):
    """The app, whose replies say when they were made."""

    async def answering(scope, receive, send):
        async def sending(message):
            if message["type"] == "http.response.start":
                headers = [*message["headers"], (b"date", date().encode())]
                message = message | {"headers": headers}
            await send(message)

        await app(scope, receive, sending)

    return answering


async def clock_by(date, tmp_path):
    """The finding about the clock. date: makes the header's text of the time here."""
    clock = Clock()
    box = Sandbox(seed=7, now=clock, sleep=clock.sleep, enforce_rate=False)
    box.state.conversations.clear()

    @asynccontextmanager
    async def account_factory(settings):
        transport = httpx2.ASGITransport(dated(box.app, lambda: date(clock())))
        async with open_account(settings, transport=transport, now=clock) as context:
            skip_waits(context)
            yield context

    out = io.StringIO()
    config = Settings(api_key="sandbox", state_dir=tmp_path, time_zone="UTC")
    await report_setup(
        config, Terminal(out, io.StringIO()), json_output=True, account_factory=account_factory
    )
    findings = json.loads(out.getvalue())["findings"]
    return next((each for each in findings if each["topic"] == "Clock"), None)


@pytest.mark.parametrize(
    ("slow", "verdict", "says"),
    [
        (0, "ok", "No difference from the gateway's clock was found."),
        (50, "ok", "No difference from the gateway's clock was found."),
        (-90, "note", "is 1 min 29 s ahead of the gateway's"),
        (90, "note", "is 1 min 30 s behind the gateway's"),
        (630, "note", "is 10 min 30 s behind the gateway's"),
        (-88000, "note", "is 24 h 26 min 39 s ahead of the gateway's"),
    ],
)
async def test_a_clock_that_is_off_is_said(slow, verdict, says, tmp_path):
    def date(now):
        return format_datetime(now.replace(microsecond=0) + timedelta(seconds=slow), usegmt=True)

    found = await clock_by(date, tmp_path)
    assert found["status"] == verdict
    assert says in found["summary"]


async def test_a_reply_whose_date_cannot_be_read_says_nothing_about_the_clock(tmp_path):
    assert (await clock_by(lambda _now: "yesterday", tmp_path))["status"] == "ok"
