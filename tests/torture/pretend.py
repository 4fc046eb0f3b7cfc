"""A very small Quo that misbehaves on request. Its ledger is the truth that answers are held against."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import anyio

from quo_mcp.errors import NotFound, OutcomeUnknown, RateLimited, RequestRejected, Unavailable
from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.transport import Reply
from quo_mcp.safety.reconciliation import OutgoingMessage
from torture.scripted import accepted, listing
from torture.virtual import now

FAULTS = {
    "none": 60,
    "reply lost": 8,
    "other reply": 3,
    "no answer": 4,
    "500 after": 6,
    "500 before": 6,
    "truncated": 3,
    "late": 5,
    "429": 3,
    "refused": 3,
    "unavailable": 2,
}


@dataclass(frozen=True)
class Arrived:
    """A text that Quo took. is_repeat: whether it was sent again on purpose, as its `userId` says."""

    message_id: str
    inbox: str
    to: tuple[str, ...]
    text: str
    is_repeat: bool
    at: datetime
    listed_at: datetime


def described(arrived: "Arrived") -> Reply:
    """Quo's reply with one message, its words and its people."""
    data = {"id": arrived.message_id, "text": arrived.text, "to": arrived.to, "status": "delivered"}
    return Reply(202, body=json.dumps({"data": data}).encode())


@dataclass
class PretendQuo:
    """faults: what becomes of how many in a hundred requests. blind: how often a look fails.

    lag: seconds at most until the thread lists what arrived; late: until a late text arrives.
    """

    random: Random
    faults: dict[str, int] = field(default_factory=lambda: FAULTS)
    blind: float = 0.1
    lag: float = 8.0
    late: float = 40.0
    ledger: list[Arrived] = field(default_factory=list)
    posts: int = 0

    def __post_init__(self) -> None:
        self.api = ApiClient(self._send)

    def count(self, text: str) -> int:
        return sum(arrived.text == text for arrived in self.ledger)

    async def _send(self, method, segments, query, body) -> Reply:
        if len(segments) > 1:
            return await self._get(segments[1])
        assert segments == ("messages",)
        return await (self._post(body) if method == "POST" else self._list(query))

    async def _post(self, body) -> Reply:
        """The text arrives, or not, whatever becomes of the caller from here on."""
        self.posts += 1
        fault = self.random.choices(list(self.faults), list(self.faults.values()))[0]
        if fault == "429":
            raise RateLimited("Too many requests.", retry_after=1)
        if fault == "refused":
            raise RequestRejected("The text was refused.", status=400)
        if fault == "unavailable":
            raise Unavailable("No connection.", source="network")
        if fault == "500 before":
            raise OutcomeUnknown("The other side failed (500).", status=500)
        travel = self.random.uniform(0, self.late if fault == "late" else 0.5)
        message_id = f"AC{self.posts:06d}"
        asyncio.get_running_loop().call_later(travel, self._arrive, body, message_id)
        if fault == "late":
            await anyio.sleep(self.random.uniform(0, 5))
            raise OutcomeUnknown("The connection was reset.", source="network")
        await anyio.sleep(travel + self.random.uniform(0.01, 0.5))
        if fault == "reply lost":
            raise OutcomeUnknown("No reply came.", source="network")
        if fault == "500 after":
            raise OutcomeUnknown("The other side failed (500).", status=500)
        if fault == "truncated":
            return Reply(202, body=b'{"data": {"id"')
        if fault == "no answer":
            await anyio.sleep(3600)
        return self._reply(message_id, is_other=fault == "other reply")

    def _reply(self, message_id: str, *, is_other: bool) -> Reply:
        """The reply to a text, or one about another message."""
        if is_other and self.ledger:
            return described(self.random.choice(self.ledger))
        return accepted(message_id)

    async def _get(self, message_id: str) -> Reply:
        """The message's status, unless reading fails."""
        await anyio.sleep(self.random.uniform(0, 0.5))
        if self.random.random() < self.blind:
            raise Unavailable("No connection.", source="network")
        found = next((each for each in self.ledger if each.message_id == message_id), None)
        if found is None:
            raise NotFound("Not found.", status=404)
        return described(found)

    def _arrive(self, body, message_id: str) -> None:
        lag = timedelta(seconds=self.random.uniform(0, self.lag))
        arrived = Arrived(
            message_id,
            body["from"],
            tuple(body["to"]),
            body["content"],
            "userId" in body,
            now(),
            now() + lag,
        )
        self.ledger.append(arrived)

    async def _list(self, query) -> Reply:
        await anyio.sleep(self.random.uniform(0, 0.5))
        if self.random.random() < self.blind:
            raise Unavailable("No connection.", source="network")
        since = datetime.fromisoformat(query["createdAfter"])
        return listing(
            [
                OutgoingMessage(
                    arrived.message_id, self._rewritten(arrived.text), arrived.at, arrived.to
                )
                for arrived in self.ledger
                if list(arrived.to) == query["participants"]
                and arrived.inbox == query["phoneNumberId"]
                and arrived.at >= since
                and arrived.listed_at <= now()
            ]
        )

    def _rewritten(self, text: str) -> str:
        return self.random.choice([text, text.replace("'", "\u2019"), f" {text} "])
