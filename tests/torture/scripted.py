"""A Quo that does with each request what a test's script says."""

from datetime import timedelta

import anyio

from quo_mcp.errors import OutcomeUnknown, Unavailable
from quo_mcp.safety.outbox import Patience, Posted
from quo_mcp.safety.reconciliation import Seen
from quo_mcp.safety.send_record import Intent
from torture.virtual import now

TEN = timedelta(minutes=10)
CALM = Patience(post=15)
HELLO = Intent("shop", "PNmain", ("+14155550100",), "It's ready")


class Quo:
    """Does with each request what the script says, and lists what arrived after `lag` seconds."""

    def __init__(self, *script, lag=0):
        self.script = list(script)
        self.lag = lag
        self.posts = 0
        self.arrived = []
        self.looks = []

    async def post(self):
        self.posts += 1
        step = self.script.pop(0) if self.script else "ok"
        await anyio.sleep(0.1)
        if isinstance(step, Exception):
            raise step
        self.arrived.append(Seen(f"AC{self.posts}", HELLO.text, now(), HELLO.to, "delivered"))
        if step == "lost":
            raise OutcomeUnknown("No reply came.")
        if step == "broken":
            raise KeyError("data")
        if step == "hangs":
            await anyio.sleep(3600)
        return Posted(f"AC{self.posts}", "queued")

    async def look(self, since):
        self.looks.append((now(), since))
        return [
            seen for seen in self.arrived if seen.created_at + timedelta(seconds=self.lag) <= now()
        ]

    async def blind(self, since):
        raise Unavailable("No connection.")
