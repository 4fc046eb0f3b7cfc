"""A Quo that does with each request what a test's script says."""

import json
from datetime import UTC, datetime, timedelta

import anyio

from quo_mcp.errors import OutcomeUnknown, Unavailable
from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.transport import Reply
from quo_mcp.safety.journal import Journal
from quo_mcp.safety.outbox import Outbox, Timeouts
from quo_mcp.safety.reconciliation import OutgoingMessage
from quo_mcp.safety.send_limits import UNLIMITED
from quo_mcp.safety.send_record import SendRecord, SendRequest, SendState
from torture.virtual import inline, now

TEN = timedelta(minutes=10)
CALM = Timeouts(post=15)
HELLO = SendRequest("shop", "PNmain", ("+14155550100",), "It's ready")
BEGAN = datetime(2026, 11, 23, 9, 0, 1, tzinfo=UTC)
RECORD = SendRecord(
    send_id="send_1",
    account="shop",
    fingerprint="f",
    inbox="PNmain",
    to=("+14155550100",),
    text="It's ready",
    cents=1,
    idempotency_key=None,
    allow_duplicate=False,
    state=SendState.SENT,
    message_id=None,
    status=None,
    reason=None,
    created_at=BEGAN - timedelta(seconds=1),
    began_at=BEGAN,
    settled_at=None,
)


def open_outbox(database, api, *, journal=None, **options) -> Outbox:
    """An outbox on a database, in virtual time and without limits. api: a fake of Quo's API."""
    defaults = {
        "clock_skew": timedelta,
        "limits": UNLIMITED,
        "now": now,
        "run_blocking": inline,
        "duplicate_window": TEN,
        "timeouts": CALM,
    }
    return Outbox(journal or Journal(database), api, **defaults | options)


def accepted(message_id: str) -> Reply:
    """Quo's reply to a text that it took."""
    return Reply(202, body=json.dumps({"data": {"id": message_id, "status": "queued"}}).encode())


def listing(messages: list[OutgoingMessage]) -> Reply:
    """Quo's reply to a read of a thread."""
    data = [
        {
            "id": message.message_id,
            "text": message.text,
            "to": message.to,
            "status": message.status,
            "createdAt": message.created_at.isoformat(),
            "direction": "outgoing",
        }
        for message in messages
    ]
    return Reply(200, body=json.dumps({"data": data}).encode())


class Quo:
    """Does with each text what the script says, and lists what arrived after `lag` seconds.

    hook: is called after each text that it took. is_blind: whether reading fails.
    """

    def __init__(self, *script, lag=0):
        self.script = list(script)
        self.lag = lag
        self.hook = lambda: None
        self.is_blind = False
        self.hangs = False
        self.posts = 0
        self.arrived = []
        self.reads = []
        self.api = ApiClient(self._send)

    async def _send(self, method, segments, query, body):
        assert segments == ("messages",)
        if self.hangs:
            await anyio.sleep(3600)
        return await self._post(body) if method == "POST" else self._list(query)

    async def _post(self, body):
        self.posts += 1
        step = self.script.pop(0) if self.script else "ok"
        await anyio.sleep(0.1)
        if isinstance(step, Exception):
            raise step
        message_id = f"AC{self.posts}"
        self.arrived.append(
            OutgoingMessage(message_id, body["content"], now(), tuple(body["to"]), "delivered")
        )
        self.hook()
        if step == "lost":
            raise OutcomeUnknown("No reply came.")
        if step == "broken":
            raise KeyError("data")
        if step == "hangs":
            await anyio.sleep(3600)
        return Reply(202, body=b'{"data": {}}') if step == "no id" else accepted(message_id)

    def _list(self, query):
        self.reads.append((now(), datetime.fromisoformat(query["createdAfter"])))
        if self.is_blind:
            raise Unavailable("No connection.")
        lag = timedelta(seconds=self.lag)
        return listing([message for message in self.arrived if message.created_at + lag <= now()])
