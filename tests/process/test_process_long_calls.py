"""Long calls over both transports: progress notifications and cancellation."""

import sys
from contextlib import asynccontextmanager
from functools import partial

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from process.served import TIMEOUT, environment, gateway, serving_http
from quo_mcp.sandbox import Fault, Sandbox

pytestmark = pytest.mark.anyio


class SlowBook:
    """A gateway that withholds every page of contacts but the first."""

    def __init__(self):
        self.release = anyio.Event()
        self.pages = 0
        self.box = Sandbox(sleep=self._wait, enforce_rate=False)
        self.box.inject(Fault("latency", "GET", "/quo/v1/contacts", seconds=1, times=None))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.release.set()  # or the gateway would wait for it

    async def _wait(self, _seconds):
        self.pages += 1
        if self.pages > 1:
            await self.release.wait()


@asynccontextmanager
async def over_stdio(mode, env):
    parameters = StdioServerParameters(command=sys.executable, args=["-m", "quo_mcp"], env=env)
    async with Client(stdio_client(parameters), mode=mode) as client:
        yield client


@asynccontextmanager
async def over_http(mode, env, **client):
    async with serving_http(env=env) as (_, url), Client(f"{url}/mcp", mode=mode, **client) as it:
        yield it


async def never(_context, _params):
    raise AssertionError("nothing here is asked")


over_http_in_a_session = partial(over_http, elicitation_callback=never)


@pytest.mark.parametrize(
    ("connected", "mode", "hears"),
    [
        (over_stdio, "legacy", True),
        (over_stdio, "auto", True),
        (over_http, "auto", True),
        # In that era a client says so in a request of its own, and without a session, which only who can be
        # asked has, nobody can tell whose call it means: the server finishes it for nobody.
        (over_http, "legacy", False),
        (over_http_in_a_session, "legacy", True),
    ],
)
async def test_a_long_call_tells_how_far_it_is_and_can_be_given_up(
    connected, mode, hears, tmp_path
):
    heard, told = [], anyio.Event()

    async def hear(_done, _total, message):
        heard.append(message)
        told.set()

    async def find(query):
        result = await client.call_tool(
            "quo_find_contacts", {"query": query}, progress_callback=hear
        )
        return result.content[0].text

    def written_down():
        lines = (tmp_path / "audit.jsonl").read_text(encoding="utf-8").splitlines()
        return [line for line in lines if "quo_find_contacts" in line]

    slow = SlowBook()
    async with gateway(slow.box) as url:
        env = environment(tmp_path, MATON_API_KEY="sandbox", QUO_MCP_BASE_URL=url)
        with slow, anyio.fail_after(TIMEOUT):
            async with connected(mode, env) as client:
                async with anyio.create_task_group() as given_up:
                    given_up.start_soon(find, "Jane Whitaker")
                    await told.wait()
                    given_up.cancel_scope.cancel()
                next_one = await client.call_tool("quo_list_users", {})
                assert not next_one.is_error
                if hears:  # the server gives it up while the gateway still hangs
                    while not written_down():
                        await client.call_tool("quo_list_users", {})
                    assert '"cancelled"' in written_down()[0]
                slow.release.set()
                assert "Jane Whitaker" in await find("Jane Whitaker")
    assert "50 contacts read so far." in heard
    assert slow.pages == 2  # what the call that was given up had begun was not begun anew
