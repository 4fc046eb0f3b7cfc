"""A Quo that does with each request what a test's script says."""

from datetime import timedelta

import anyio

from quo_mcp.errors import OutcomeUnknown, Unavailable
from quo_mcp.safety.outbox import SendReply, Timeouts
from quo_mcp.safety.reconciliation import OutgoingMessage
from quo_mcp.safety.send_record import SendRequest
from torture.virtual import now

TEN = timedelta(minutes=10)
CALM = Timeouts(post=15)
HELLO = SendRequest("shop", "PNmain", ("+14155550100",), "It's ready")


class Quo:
    """Does with each request what the script says, and lists what arrived after `lag` seconds."""

    def __init__(self, *script, lag=0):
        self.script = list(script)
        self.lag = lag
        self.posts = 0
        self.arrived = []
        self.reads = []

    async def post(self):
        self.posts += 1
        step = self.script.pop(0) if self.script else "ok"
        await anyio.sleep(0.1)
        if isinstance(step, Exception):
            raise step
        self.arrived.append(
            OutgoingMessage(f"AC{self.posts}", HELLO.text, now(), HELLO.to, "delivered")
        )
        if step == "lost":
            raise OutcomeUnknown("No reply came.")
        if step == "broken":
            raise KeyError("data")
        if step == "hangs":
            await anyio.sleep(3600)
        return SendReply(f"AC{self.posts}", "queued")

    async def read_conversation(self, since):
        self.reads.append((now(), since))
        return [
            seen for seen in self.arrived if seen.created_at + timedelta(seconds=self.lag) <= now()
        ]

    async def blind(self, since):
        raise Unavailable("No connection.")
