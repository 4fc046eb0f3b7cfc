"""Who may be texted, and whether now. Each rule says no by raising, with what a person could change."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from copy import copy
from datetime import datetime
from functools import partial
from typing import TypeAlias

import anyio.to_thread

from quo_mcp.config.settings import Config
from quo_mcp.directory.directory import Directory
from quo_mcp.errors import Forbidden
from quo_mcp.gateway import Plane
from quo_mcp.safety import quiet_hours
from quo_mcp.safety.opt_out_store import OptOut, OptOuts
from quo_mcp.safety.recent_messages import Heard, Latest
from quo_mcp.values import phone_numbers
from quo_mcp.values.untrusted import inline

# No price list tells what these cost; the last are dialled through to wherever their owner likes, at any price.
AT_ANY_PRICE = {
    "premium": "a premium-rate number",
    "shared cost": "a shared-cost number",
    "personal": "a forwarding number",
}
NOT_TEXTED = {
    "emergency": "an emergency number",
    "short code": "a short code",
    "withheld": "a hidden number",
}


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
        self._once: Latest | None = None

    def reading_once(self) -> "Recipients":
        """The same rules, for one call: what was exchanged is read once for all of its checks."""
        once = copy(self)
        once._once = Latest(self._api, self._directory)  # noqa: SLF001 - a copy of itself
        return once

    async def check(self, reached: Sequence[str]) -> None:
        """Refuses a call that would text somebody it may not.

        Raises:
            Forbidden: for the first rule that is against it.
        """
        rules = self._rules(reached)
        for number in reached:
            for rule in rules:
                await rule(number)

    async def verdicts(self, reached: Sequence[str]) -> list[str]:
        """Everything that stands against texting them, in sentences; none where they may be texted."""
        against = []
        rules = self._rules(reached)
        for number in reached:
            for rule in rules:
                try:
                    await rule(number)
                except Forbidden as refusal:
                    against.append(str(refusal))
        return against

    def _rules(self, reached: Sequence[str]) -> "tuple[Rule, ...]":
        latest = self._latest()
        return (
            self._a_phone,
            self._not_denied,
            self._a_country,
            self._awake,
            lambda number: self._known(number, latest),
            lambda number: self._willing(number, reached, latest),
        )

    def _latest(self) -> Latest:
        return self._once or Latest(self._api, self._directory)

    def _named(self, number: str) -> str:
        """`Jane Doe (Acme) +1 415 555 0134`, or the number alone where no name is known yet."""
        return " ".join(
            filter(None, [self._directory.person(number), phone_numbers.pretty(number)])
        )

    async def _a_phone(self, number: str) -> None:
        if phone_numbers.is_e164(number) and not phone_numbers.is_plain(number):
            raise Forbidden(
                f"Not sent: {inline(number)} is not a number in its usual spelling. Give it as +14155550134 is given."
            )
        region = await self._directory.region()
        kind = phone_numbers.kind(number, region)
        if what := (AT_ANY_PRICE | NOT_TEXTED).get(kind):
            raise Forbidden(
                f"Not sent: {self._named(number)} is {what}, and those are never texted."
            )
        if number in {each.number for each in await self._directory.numbers.get()}:
            raise Forbidden(f"Not sent: {self._named(number)} is one of your own numbers.")

    async def _not_denied(self, number: str) -> None:
        region = await self._directory.region()
        denied = {each: phone_numbers.parse(each, region) for each in self._config.denied}
        if odd := [each for each, read in denied.items() if read is None]:
            raise Forbidden(
                f"Not sent: QUO_MCP_DENIED holds {odd[0]}, which cannot be read as a number here. A person has to write it with "
                "+ and its country code."
            )
        if number in denied.values():
            raise Forbidden(
                f"Not sent: {self._named(number)} is on this server's list of numbers never to text (QUO_MCP_DENIED)."
            )

    async def _a_country(self, number: str) -> None:
        allowed = {each.upper() for each in self._config.countries}
        if "ANY" in allowed:
            return
        own = {phone_numbers.region(each.number) for each in await self._directory.numbers.get()}
        if phone_numbers.region(number) in (allowed or own):
            return
        listed = ", ".join(sorted(allowed or {each for each in own if each}))
        raise Forbidden(
            f"Not sent: {self._named(number)} is in {phone_numbers.region(number) or 'no country we know'}, and this server texts "
            f"{listed} only. A person can allow more with QUO_MCP_COUNTRIES."
        )

    async def _awake(self, number: str) -> None:
        if self._config.quiet_hours:
            quiet_hours.check(
                self._named(number),
                phone_numbers.zones(number),
                now=self._now(),
                setting=self._config.quiet_hours,
            )

    async def _known(self, number: str, latest: Latest) -> None:
        rule = self._config.recipients
        if rule == ("anyone",):
            return
        if await self._is_listed(number, rule):
            return
        if "known" in rule and await self._have_been_in_touch(number, latest):
            return
        whom = (
            "people you know (contacts, or who wrote or called)"
            if "known" in rule
            else "the numbers that were listed"
        )
        raise Forbidden(
            f"Not sent: this server texts only {whom}, and {self._named(number)} is not among them. A person can change "
            "QUO_MCP_RECIPIENTS, or add a contact in Quo."
        )

    async def is_known(self, number: str) -> bool:
        """Whether they may be texted as things are: listed, a contact, or heard from before."""
        listed = await self._is_listed(number, self._config.recipients)
        return listed or await self._have_been_in_touch(number, self._latest())

    async def _is_listed(self, number: str, listed: Iterable[str]) -> bool:
        region = await self._directory.region()
        return number in {phone_numbers.parse(each, region) or each for each in listed}

    async def _have_been_in_touch(self, number: str, latest: Latest) -> bool:
        if (await self._directory.known(fresh=True)).by_number(number):
            return True
        for what in ("messages", "calls"):
            for heard in await latest.of(what, [number]):
                if any(each.direction == "incoming" for each in heard):
                    return True
        return False

    async def _willing(self, number: str, reached: Sequence[str], latest: Latest) -> None:
        """Opt-outs: those kept, and what the person wrote in any thread with this account, or this group."""
        from quo_mcp.safety.opt_out_detection import standing  # noqa: PLC0415 - its patterns take long to compile

        kept = await anyio.to_thread.run_sync(self._optouts.get, number)
        texts = await self._from(number, reached, latest)
        said = standing(((each.created_at, each.text) for each in texts), now=self._now())
        if kept is None and said and said.out:
            optout = OptOut(number, said.when, said.words, "they wrote it")
            if await anyio.to_thread.run_sync(self._optouts.put, optout):
                kept = optout
        if kept is None:
            return
        if kept.source == "a person set it":
            raise Forbidden(
                f"Not sent: {self._named(number)} is not to be texted (a person recorded it, {kept.since:%Y-%m-%d}). Only a "
                "person can allow them again, with `quo-mcp optouts allow`."
            )
        if said and not said.out and said.when > kept.since:  # they wrote START since
            await anyio.to_thread.run_sync(partial(self._optouts.lift, number, when=said.when))
            return
        raise Forbidden(
            f"Not sent: {self._named(number)} has asked not to be texted (their words: {inline(kept.words)}, "
            f"{kept.since:%Y-%m-%d}). They have to write START, or a person has to allow them again with "
            "`quo-mcp optouts allow`."
        )

    async def _from(self, number: str, reached: Sequence[str], latest: Latest) -> list[Heard]:
        """Their latest texts. In a thread with them alone all that came in is theirs, whoever it says it is from."""
        region = await self._directory.region()
        own = {each.number for each in await self._directory.numbers.get()}
        alone = await latest.of("messages", [number])
        shared = await latest.in_groups_with(number)
        if len(reached) > 1:
            shared += await latest.of("messages", reached)
        return [
            *(each for texts in alone for each in texts if each.came_in(own, region)),
            *(
                each
                for texts in shared
                for each in texts
                if each.came_in(own, region) and each.number(region) in {number, ""}
            ),
        ]


Rule: TypeAlias = Callable[[str], Awaitable[None]]
