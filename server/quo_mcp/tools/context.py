"""What a running tool may use: the account, as one object, made anew for each call."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from quo_mcp.config.settings import Config
from quo_mcp.directory.cache import Progress
from quo_mcp.directory.directory import Directory
from quo_mcp.directory.keyed_lock import Turns
from quo_mcp.gateway import Gateway, Plane
from quo_mcp.safety.audit import Audit
from quo_mcp.safety.outbox import Outbox
from quo_mcp.safety.recipient_rules import Recipients
from quo_mcp.tools.rendering import View


async def unheard(_done: float, _total: float | None, _message: str) -> None:
    """For a client that did not ask for progress."""


@dataclass(frozen=True, slots=True)
class Quo:
    """The account, and one call to it.

    api: Quo's own API, within what this server may touch. gateway: `control` is its links to Quo.
    directory: who is who. outbox: every text leaves through it. recipients: who may be texted.
    audit: what is written down of every call. use_up: an approval, unless it was used before.
    account: a name for the key and connection that gives neither away.
    said: sentences of ours about this call that its result must carry (which inbox was chosen).
    approval: the id of a person's yes to this very call, where one was asked.
    turns: whose turn it is among calls that wish for the same thing.
    """

    api: Plane
    gateway: Gateway
    directory: Directory
    outbox: Outbox
    recipients: Recipients
    audit: Audit
    use_up: Callable[[str], Awaitable[bool]]
    config: Config
    account: str
    now: Callable[[], datetime]
    zone: ZoneInfo
    progress: Progress = unheard
    said: list[str] = field(default_factory=list)
    approval: str | None = None
    turns: Turns = field(default_factory=Turns)

    @property
    def control(self) -> Plane:
        return self.gateway.control

    def view(self) -> View:
        return View(self.directory, now=self.now(), zone=self.zone)


PATIENCE = 2.0  # seconds that an answer waits for names the first time


async def warmed(quo: Quo) -> View:
    """A view, once the names are there or have been waited for."""
    await quo.directory.warm(PATIENCE)
    return quo.view()
