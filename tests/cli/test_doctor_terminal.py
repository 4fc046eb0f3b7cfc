"""The output of `quo-mcp doctor` in a terminal and in a pipe."""

import io
import re
from contextlib import asynccontextmanager

import pytest

from conftest import skip_waits
from quo_mcp.cli.console import Terminal
from quo_mcp.cli.doctor import report_setup
from quo_mcp.config.settings import Settings
from quo_mcp.sandbox import Sandbox
from quo_mcp.server.account import open_account
from sandbox.play import Clock

pytestmark = pytest.mark.anyio


class Tty(io.StringIO):
    def isatty(self):
        return True


class Latin(io.StringIO):
    encoding = "latin-1"


@pytest.fixture
def box():
    clock = Clock()
    return Sandbox(seed=7, now=clock, sleep=clock.sleep, enforce_rate=False)


async def doctor_output(box, *, color=False, width=0, out=None, err=None, **settings):
    """Return the output without a key."""
    out, err = out or io.StringIO(), err or io.StringIO()

    @asynccontextmanager
    async def account_factory(settings):
        async with open_account(settings, sandbox=box, now=box._now) as context:
            skip_waits(context)
            yield context

    terminal = Terminal(out, err, color=color, width=width)
    await report_setup(Settings(**settings), terminal, account_factory=account_factory)
    return out.getvalue()


async def test_in_a_pipe_the_findings_are_plain_lines_with_a_mark(box, snapshot):
    text = await doctor_output(box, time_zone="UTC")
    snapshot("results/doctor.txt", text.strip())
    assert "\033" not in text


async def test_at_a_terminal_the_marks_have_colors_and_lines_are_as_wide_as_it(box):
    box.state.connections.clear()
    text = await doctor_output(box, color=True, width=60, time_zone="Europe/Paris")
    assert "\033[31m✗\033[0m Connection" in text
    plain = re.sub("\033\\[[0-9]+m", "", text)
    assert max(map(len, plain.splitlines())) <= 60
    assert text.endswith("\nAction needed: Connection.\n")


async def test_somebody_who_looks_on_sees_what_is_going_on(box):
    err = Tty()
    await doctor_output(box, err=err, time_zone="UTC")
    assert "\r\033[KChecking the API key …\r\033[K" in err.getvalue()
    assert err.getvalue().endswith("\r\033[K")


async def test_marks_that_a_terminal_cannot_show_are_replaced(box):
    text = await doctor_output(box, out=Latin(), time_zone="UTC")
    assert "\n+ Connection" in text
    assert "✓" not in text
