"""What a person sees of the doctor's findings."""

import io
import re
from contextlib import asynccontextmanager

import pytest

from conftest import never_waiting
from quo_mcp.cli.console import Terminal
from quo_mcp.cli.doctor import examine
from quo_mcp.config.settings import Config
from quo_mcp.sandbox import Sandbox
from quo_mcp.server.account import account
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


async def shown(box, *, colour=False, width=0, out=None, err=None, **settings):
    """What a person sees without a key."""
    out, err = out or io.StringIO(), err or io.StringIO()

    @asynccontextmanager
    async def opening(config):
        async with account(config, sandbox=box, now=box._now) as quo:
            never_waiting(quo)
            yield quo

    terminal = Terminal(out, err, colour=colour, width=width)
    await examine(Config(**settings), terminal, opening=opening)
    return out.getvalue()


async def test_in_a_pipe_the_findings_are_plain_lines_with_a_mark(box, snapshot):
    text = await shown(box, time_zone="UTC")
    snapshot("results/doctor.txt", text.strip())
    assert "\033" not in text


async def test_at_a_terminal_the_marks_have_colours_and_lines_are_as_wide_as_it(box):
    box.world.connections.clear()
    text = await shown(box, colour=True, width=60, time_zone="Europe/Paris")
    assert "\033[31m✗\033[0m Connection" in text
    plain = re.sub("\033\\[[0-9]+m", "", text)
    assert max(map(len, plain.splitlines())) <= 60
    assert text.endswith("\nTo do: Connection.\n")


async def test_somebody_who_looks_on_sees_what_is_going_on(box):
    err = Tty()
    await shown(box, err=err, time_zone="UTC")
    assert "\r\033[KChecking the key …\r\033[K" in err.getvalue()
    assert err.getvalue().endswith("\r\033[K")


async def test_marks_that_a_terminal_cannot_show_are_replaced(box):
    text = await shown(box, out=Latin(), time_zone="UTC")
    assert "\n+ Connection" in text
    assert "✓" not in text
