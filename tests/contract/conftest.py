"""A client of the sandbox that validates every exchange against the contract."""

import pytest

from contract.validator import check_exchange
from quo_mcp.sandbox import Sandbox
from sandbox.play import Clock, client


class CheckedClient:
    """A client that validates each exchange and records the operation and status."""

    def __init__(self, box):
        self.box = box
        self.seen = set()
        self.http = client(box)

    async def __call__(self, method, target, status, body=None, **headers):
        """Send a request, validate the exchange and its status, and return the response's JSON."""
        header_fields = {name.replace("_", "-"): value for name, value in headers.items()}
        reply = await self.http.request(method, target, json=body, headers=header_fields)
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
    checked_client = CheckedClient(box)
    async with checked_client.http:
        yield checked_client
