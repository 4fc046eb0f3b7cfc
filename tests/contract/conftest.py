"""A sandbox behind a client whose every exchange is held against the contract."""

import pytest

from contract.validator import check_exchange
from quo_mcp.sandbox import Sandbox
from sandbox.play import Clock, client


class Checked:
    """A client that checks what it sends and gets, and remembers which operations answered how."""

    def __init__(self, box):
        self.box = box
        self.seen = set()
        self.http = client(box)

    async def __call__(self, method, target, status, body=None, **headers):
        """Ask, check the exchange and that the status is this one; give back the reply's JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        reply = await self.http.request(method, target, json=body, headers=named)
        sent = reply.request
        operation = check_exchange(
            method, target, dict(sent.headers), sent.content, reply.status_code, reply.content
        )
        assert reply.status_code == status, reply.text
        self.seen.add((operation, status))
        return reply.json() if reply.headers.get("content-type") == "application/json" else None


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def box(clock):
    return Sandbox(now=clock, enforce_rate=False)


@pytest.fixture
async def ask(box):
    asker = Checked(box)
    async with asker.http:
        yield asker
