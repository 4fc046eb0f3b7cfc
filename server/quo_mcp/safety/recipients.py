"""Who may be texted, and whether now. Each rule says no by raising, with what a person could change."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeAlias

import anyio.to_thread
from pydantic import Field

from quo_mcp import numbers
from quo_mcp.config import Config
from quo_mcp.directory import Directory
from quo_mcp.errors import Forbidden
from quo_mcp.gateway import Plane
from quo_mcp.outside import inline
from quo_mcp.records import Page, Record
from quo_mcp.safety import quiet
from quo_mcp.safety.optouts import OptOut, OptOuts

RECENT = 50  # texts of a thread that are read for an opt-out
REACHED_BY_PREMIUM = {"premium": "a premium-rate number", "emergency": "an emergency number"}
NOT_TEXTED = {"short code": "a short code", "withheld": "a hidden number"}


class Heard(Record):
    """A text as far as consent goes."""

    sender: str = Field("", alias="from")
    text: str = ""
    direction: str = ""
    created_at: datetime | None = None


class Recipients:
    """The rules about people, over one account."""

    def __init__(
        self,
        config: Config,
        optouts: OptOuts,
        *,
        api: Plane,
        directory: Directory,
        now: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._optouts = optouts
        self._api = api
        self._directory = directory
        self._now = now

    async def check(self, reached: Sequence[str]) -> None:
        """Refuses a call that would text somebody it may not.

        Raises:
            Forbidden: for the first rule that is against it.
        """
        for number in reached:
            for rule in self._rules(reached):
                await rule(number)

    async def verdicts(self, reached: Sequence[str]) -> list[str]:
        """Everything that stands against texting them, in sentences; none where they may be texted."""
        against = []
        for number in reached:
            for rule in self._rules(reached):
                try:
                    await rule(number)
                except Forbidden as refusal:
                    against.append(str(refusal))
        return against

    def _rules(self, reached: Sequence[str]) -> "tuple[Rule, ...]":
        return (
            self._a_phone,
            self._not_denied,
            self._a_country,
            self._awake,
            self._known,
            partial(self._willing, reached=reached),
        )

    async def _a_phone(self, number: str) -> None:
        region = await self._directory.region()
        kind = numbers.kind(number, region)
        if what := (REACHED_BY_PREMIUM | NOT_TEXTED).get(kind):
            raise Forbidden(
                f"Not sent: {numbers.pretty(number)} is {what}, and those are never texted."
            )
        if number in {each.number for each in await self._directory.numbers.get()}:
            raise Forbidden(f"Not sent: {numbers.pretty(number)} is one of your own numbers.")

    async def _not_denied(self, number: str) -> None:
        region = await self._directory.region()
        denied = {each: numbers.parse(each, region) for each in self._config.denied}
        if odd := [each for each, read in denied.items() if read is None]:
            raise Forbidden(
                f"Not sent: QUO_MCP_DENIED holds {odd[0]}, which cannot be read as a number here. A person has to write it with "
                "+ and its country code."
            )
        if number in denied.values():
            raise Forbidden(
                f"Not sent: {numbers.pretty(number)} is on this server's list of numbers never to text (QUO_MCP_DENIED)."
            )

    async def _a_country(self, number: str) -> None:
        allowed = {each.upper() for each in self._config.countries}
        if "ANY" in allowed:
            return
        own = {numbers.region(each.number) for each in await self._directory.numbers.get()}
        if numbers.region(number) in (allowed or own):
            return
        listed = ", ".join(sorted(allowed or {each for each in own if each}))
        raise Forbidden(
            f"Not sent: {numbers.pretty(number)} is in {numbers.region(number) or 'no country we know'}, and this server texts "
            f"{listed} only. A person can allow more with QUO_MCP_COUNTRIES."
        )

    async def _awake(self, number: str) -> None:
        if self._config.quiet_hours:
            quiet.check(
                numbers.pretty(number),
                numbers.zones(number),
                now=self._now(),
                setting=self._config.quiet_hours,
            )

    async def _known(self, number: str) -> None:
        rule = self._config.recipients
        if rule == ("anyone",):
            return
        if await self._is_listed(number, rule):
            return
        if "known" in rule and await self._have_been_in_touch(number):
            return
        whom = (
            "people you know (contacts, or who wrote or called)"
            if "known" in rule
            else "the numbers that were listed"
        )
        raise Forbidden(
            f"Not sent: this server texts only {whom}, and {numbers.pretty(number)} is not among them. A person can change "
            "QUO_MCP_RECIPIENTS, or add a contact in Quo."
        )

    async def is_known(self, number: str) -> bool:
        """Whether they may be texted as things are: listed, a contact, or heard from before."""
        listed = await self._is_listed(number, self._config.recipients)
        return listed or await self._have_been_in_touch(number)

    async def _is_listed(self, number: str, listed: Iterable[str]) -> bool:
        region = await self._directory.region()
        return number in {numbers.parse(each, region) or each for each in listed}

    async def _have_been_in_touch(self, number: str) -> bool:
        if (await self._directory.known()).by_number(number):
            return True
        for what in ("messages", "calls"):
            for heard in await self._each_inbox(what, [number]):
                if any(each.direction == "incoming" for each in heard):
                    return True
        return False

    async def _willing(self, number: str, *, reached: Sequence[str]) -> None:
        """Opt-outs: those kept, and what the person wrote in any thread with this account, or this group."""
        from quo_mcp.safety.consent import standing  # noqa: PLC0415 - its patterns take long to compile

        kept = await anyio.to_thread.run_sync(self._optouts.get, number)
        threads = await self._each_inbox("messages", [number])
        if len(reached) > 1:
            threads += await self._each_inbox("messages", reached)
        said = standing(
            (each.created_at, each.text)
            for texts in threads
            for each in texts
            if each.direction == "incoming" and each.created_at and each.sender in {number, ""}
        )
        if said and said.out and (kept is None or said.when > kept.since):
            optout = OptOut(number, said.when, said.words, "they wrote it")
            if await anyio.to_thread.run_sync(self._optouts.put, optout):
                kept = optout
        if kept is None:
            return
        theirs = kept.source == "they wrote it"
        if theirs and said and not said.out and said.when > kept.since:  # they wrote START since
            await anyio.to_thread.run_sync(partial(self._optouts.remove, number, now=said.when))
            return
        why = f"their words: {inline(kept.words)}" if theirs else "a person recorded it"
        raise Forbidden(
            f"Not sent: {numbers.pretty(number)} has asked not to be texted ({why}, {kept.since:%Y-%m-%d}). They have to "
            "write START, or a person has to allow them again with `quo-mcp optouts allow`."
        )

    async def _each_inbox(self, what: str, them: Sequence[str]) -> list[tuple[Heard, ...]]:
        """The latest texts (or calls) with them, on each of the account's numbers."""
        found: list[tuple[Heard, ...]] = []
        for own in await self._directory.numbers.get():
            page = await self._api.get(
                Page[Heard],
                what,
                query={"phoneNumberId": own.id, "participants": list(them), "maxResults": RECENT},
            )
            found.append(tuple(page.data))
        return found


Rule: TypeAlias = Callable[[str], Awaitable[None]]
