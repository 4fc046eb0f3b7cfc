"""The sandbox as a server: a dropped connection is really closed, and starts and stops are answered."""

import asyncio
from contextlib import asynccontextmanager

import httpx2
import pytest
import uvicorn

from quo_mcp.sandbox import Fault, Sandbox
from sandbox.play import HEADERS, send

pytestmark = pytest.mark.anyio


class Announced(uvicorn.Server):
    def __init__(self, config):
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets=None):
        await super().startup(sockets)
        self.ready.set()


@asynccontextmanager
async def served(box, protocol="h11"):
    config = uvicorn.Config(box.app, port=0, log_level="critical", http=protocol, lifespan="on")
    server = Announced(config)
    running = asyncio.create_task(server._serve())
    await server.ready.wait()
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=HEADERS) as http:
        yield http
    server.should_exit = True
    await running


async def test_a_dropped_connection_is_closed_without_any_reply(clock):
    box = Sandbox(now=clock, enforce_rate=False)
    async with served(box) as http:
        for kind, count in (("dropped", 0), ("lost_reply", 1)):
            box.inject(Fault(kind))
            with pytest.raises(httpx2.RemoteProtocolError, match="without sending a response"):
                await send(http)
            assert len(box.ledger) == count
        assert (await send(http)).status_code == 202


async def test_links_of_connections_lead_to_where_the_sandbox_is_served(clock):
    box = Sandbox(now=clock)
    async with served(box) as http:
        (known,) = (await http.get("/connections")).json()["connections"]
        assert known["url"].startswith(
            f"{http.base_url}/connect?session_token=".replace("//c", "/c")
        )
        page = await http.get(known["url"])
    assert "Connected" in page.text
