"""The rules that decide whether a recipient may be texted now. A violated rule raises `PolicyRefusal`."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TypeAlias
from zoneinfo import ZoneInfo

import anyio.to_thread

from quo_mcp.config.settings import Settings
from quo_mcp.directory.directory import Directory
from quo_mcp.errors import DatabaseUnavailable, PolicyRefusal
from quo_mcp.gateway import ApiClient
from quo_mcp.safety import quiet_hours
from quo_mcp.safety.known_opt_outs import KnownOptOuts
from quo_mcp.safety.opt_out_field import OptOutField
from quo_mcp.safety.opt_out_store import OptOut, OptOutStore
from quo_mcp.safety.recent_activity import (
    ActivitySummary,
    ConversationKey,
    ReadActivity,
    RecentActivity,
)
from quo_mcp.values import phone_numbers
from quo_mcp.values.references import with_number
from quo_mcp.values.times import format_day
from quo_mcp.values.untrusted import inline, inline_number, quote_inline

# Their price is unknown. Personal numbers forward to any destination, at any price.
UNPRICED_KINDS = {
    "premium": "a premium-rate number",
    "shared cost": "a shared-cost number",
    "personal": "a forwarding number",
}
UNTEXTABLE_KINDS = {
    "emergency": "an emergency number",
    "short code": "a short code",
    "withheld": "a hidden number",
}


class RecipientRules:
    """The recipient rules of one account. An opt-out on any inbox counts.

    shows_words: whether a refusal quotes what a person wrote, perhaps on an inbox that the caller may not read.
    """

    def __init__(
        self,
        config: Settings,
        opt_outs: OptOutStore,
        *,
        api: ApiClient,
        directory: Directory,
        now: Callable[[], datetime],
        zone: ZoneInfo,
        shows_words: bool = True,
    ) -> None:
        self._shows_words = shows_words
        self._config = config
        self._opt_outs = opt_outs
        self._api = api
        self._directory = directory
        self._now = now
        self._zone = zone
        self._read = ReadActivity()
        self._field = OptOutField(config.opt_out_field) if config.opt_out_field else None
        self.known_opt_outs = KnownOptOuts(opt_outs, directory, self._field)
        self._cache: dict[ConversationKey | None, RecentActivity] | None = None
        self._index_read: int | None = None

    def cached(self, index_read: int | None = None) -> "RecipientRules":
        """Return the rules for one tool call, with a cache: all checks share one read of recent activity.

        index_read: the value of `ConversationIndex.reads_begun` when the call began.
        """
        rules = copy(self)
        rules._cache, rules._index_read = {}, index_read  # noqa: SLF001 - a copy of itself
        return rules

    async def check(
        self, recipients: Sequence[str], inbox: str | None = None, *, read_again: bool = False
    ) -> tuple[str, ...]:
        """Check all rules for all recipients (E.164), and return what does not block the send but matters.

        inbox: the id of the inbox that the text is to be sent from.
        read_again: read every conversation with them, because a person has thought about it meanwhile.

        Raises:
            PolicyRefusal: the first violation.
        """
        activity = self._recent_activity(recipients, inbox, read_again=read_again)
        for number in recipients:
            for rule in self._rules(activity):
                await rule(number)
        return self._notes(recipients, activity)

    async def violations(
        self, recipients: Sequence[str], inbox: str | None = None
    ) -> tuple[list[str], tuple[str, ...]]:
        """Return every violation as a sentence, and the notes that `check` returns.

        There is no violation if all recipients may be texted.
        """
        violations = []
        activity = self._recent_activity(recipients, inbox)
        for number in recipients:
            for rule in self._rules(activity):
                try:
                    await rule(number)
                except (PolicyRefusal, DatabaseUnavailable) as refusal:
                    violations.append(str(refusal))
        return violations, self._notes(recipients, activity)

    def messages_sent(
        self, recipients: Sequence[str], inbox: str | None = None
    ) -> list[ActivitySummary]:
        """Return our messages to exactly these people that the checks of this call have read."""
        activity = self._recent_activity(recipients, inbox)
        return activity.messages_sent(recipients)

    def latest_messages(
        self, recipients: Sequence[str], inbox: str
    ) -> tuple[ActivitySummary, ...] | None:
        """Return the latest messages of a conversation, newest first, if the checks of this call have read it."""
        return self._recent_activity(recipients, inbox).latest_messages()

    def _rules(self, activity: RecentActivity) -> "tuple[Rule, ...]":
        return (
            self._check_kind,
            self._check_denylist,
            lambda number: self._check_country(number, activity),
            self._check_quiet_hours,
            lambda number: self._check_allowlist(number, activity),
            self._check_opt_out_field,
            lambda number: self._check_opt_out(number, activity),
        )

    def _recent_activity(
        self, recipients: Sequence[str], inbox: str | None, *, read_again: bool = False
    ) -> RecentActivity:
        sent_in = (inbox, frozenset(recipients)) if inbox else None
        activity = RecentActivity(
            self._api,
            self._directory,
            self._read,
            sent_in,
            index_read=self._index_read,
            read_again=read_again,
        )
        return activity if self._cache is None else self._cache.setdefault(sent_in, activity)

    def _notes(self, recipients: Sequence[str], activity: RecentActivity) -> tuple[str, ...]:
        """Return the recipients' hour if it is unusual, and the inboxes that could not be read."""
        hours = [
            hour
            for number in recipients
            if (
                hour := quiet_hours.unusual_hour(
                    self._display(number), phone_numbers.time_zones_of(number), now=self._now()
                )
            )
        ]
        unread = [self._inbox_name(inbox) for inbox in activity.unread_inboxes]
        left_out = f"Not checked for opt-outs (no access): {', '.join(unread)}."
        return (*hours, left_out) if unread else tuple(hours)

    def _inbox_name(self, inbox: str) -> str:
        name, _ = self._directory.find_inbox(inbox) or (inline(inbox), "")
        return name

    def _display(self, number: str) -> str:
        """Return `Jane Doe, Acme (+1 415 555 0134)`, or the number alone if no name is known yet."""
        name, formatted = (
            self._directory.contact_name(number),
            inline_number(number),
        )
        return with_number(name, formatted) if name else formatted

    async def _check_kind(self, number: str) -> None:
        if phone_numbers.is_e164(number) and not phone_numbers.is_canonical(number):
            raise PolicyRefusal(
                f"Not sent: {inline(number)} is not in standard form. Give the number in E.164 form, such as +14155550134."
            )
        region = await self._directory.default_region()
        kind = phone_numbers.kind_of(number, region)
        if description := (UNPRICED_KINDS | UNTEXTABLE_KINDS).get(kind):
            raise PolicyRefusal(
                f"Not sent: {self._display(number)} is {description}. This server does not text such numbers."
            )
        if number in {inbox.number for inbox in await self._directory.numbers.get()}:
            raise PolicyRefusal(
                f"Not sent: {self._display(number)} is one of your own inboxes. Give another recipient."
            )

    async def _check_denylist(self, number: str) -> None:
        region = await self._directory.default_region()
        denied = {entry: phone_numbers.parse(entry, region) for entry in self._config.denied}
        if invalid := [entry for entry, parsed in denied.items() if parsed is None]:
            raise PolicyRefusal(
                f"Not sent: QUO_MCP_DENIED contains {quote_inline(invalid[0])}, which is not a valid phone number. A person must "
                "correct it, with + and country code."
            )
        if number in denied.values():
            raise PolicyRefusal(
                f"Not sent: {self._display(number)} is on this server's blocklist (QUO_MCP_DENIED). Only a person can change it."
            )

    async def _check_country(self, number: str, activity: RecentActivity) -> None:
        """Check the countries of the settings; by default, those of the inboxes and the conversations."""
        allowed: set[str | None] = {country.upper() for country in self._config.countries}
        if "ANY" in allowed:
            return
        country = phone_numbers.region_of(number)
        if not allowed:
            inboxes = await self._directory.numbers.get()
            allowed = {phone_numbers.region_of(inbox.number) for inbox in inboxes}
            if country not in allowed:
                allowed |= await activity.regions()
        if country and country in allowed:
            return
        allowed_list = ", ".join(sorted(filter(None, allowed)))
        raise PolicyRefusal(
            f"Not sent: the country of {self._display(number)} is {country or 'unknown'}. This server sends "
            f"texts only to these countries: {allowed_list or 'none'}. A person can allow more with QUO_MCP_COUNTRIES."
        )

    async def _check_quiet_hours(self, number: str) -> None:
        if self._config.quiet_hours:
            quiet_hours.check_quiet_hours(
                self._display(number),
                phone_numbers.time_zones_of(number),
                now=self._now(),
                setting=self._config.quiet_hours,
            )

    async def _check_allowlist(self, number: str, activity: RecentActivity) -> None:
        allowlist = self._config.recipients
        if allowlist == ("anyone",):
            return
        if await self._is_on_allowlist(number, allowlist):
            return
        if "known" in allowlist and await self._is_contact_or_has_contacted_us(number, activity):
            return
        if "known" in allowlist:
            raise PolicyRefusal(
                f"Not sent: {self._display(number)} is unknown. This server texts only contacts and people who have texted or "
                "called. A person can add a contact in the Quo app, or change QUO_MCP_RECIPIENTS."
            )
        raise PolicyRefusal(
            f"Not sent: {self._display(number)} is not on this server's list of allowed recipients. A person can change "
            "QUO_MCP_RECIPIENTS."
        )

    async def is_known(self, number: str) -> bool:
        """Return whether the number is on the allowlist, a contact, or has sent a message or called."""
        is_listed = await self._is_on_allowlist(number, self._config.recipients)
        return is_listed or await self._is_contact_or_has_contacted_us(
            number, self._recent_activity((), None)
        )

    async def _is_on_allowlist(self, number: str, allowlist: Iterable[str]) -> bool:
        region = await self._directory.default_region()
        return number in {phone_numbers.parse(entry, region) or entry for entry in allowlist}

    async def _is_contact_or_has_contacted_us(self, number: str, activity: RecentActivity) -> bool:
        if await self._directory.has_contact(number):
            return True
        return await activity.has_contacted_us(number)

    async def _check_opt_out_field(self, number: str) -> None:
        """Check the mark of the person's contacts, which are read again."""
        if self._field is None:
            return
        contacts = (await self._directory.address_book(fresh=True)).by_number(number)
        for contact in contacts:
            await self._directory.refresh_contact(contact.id)
        contacts = (await self._directory.address_book()).by_number(number)
        if any(map(self._field.marks, contacts)):
            raise PolicyRefusal(
                f"Not sent: the contact of {self._display(number)} is marked {quote_inline(self._field.name)}, which counts as an "
                "opt-out. Only a person can remove the mark, in the Quo app."
            )

    async def add_opt_out(self, number: str, reason: str) -> OptOut:
        """Record an opt-out on behalf of an agent, and return the one that is in force.

        Raises:
            DatabaseUnavailable: it cannot be recorded.
        """
        opt_out = OptOut(number, self._now(), reason, "agent")
        await anyio.to_thread.run_sync(self._opt_outs.add, opt_out)
        in_force = await anyio.to_thread.run_sync(self._opt_outs.get, number) or opt_out
        if not self._shows_words and in_force.source == "they wrote it":
            return replace(in_force, words="they opted out")
        return in_force

    async def _check_opt_out(self, number: str, activity: RecentActivity) -> None:
        """Check the stored opt-outs, and the person's messages in conversations with this account."""
        from quo_mcp.safety.opt_out_detection import opt_out_status  # noqa: PLC0415 - compiling its patterns is slow

        opt_out = await anyio.to_thread.run_sync(self._opt_outs.get, number)
        messages = await activity.incoming_messages(number)
        status = opt_out_status(
            ((message.created_at, message.text) for message in messages), now=self._now()
        )
        if opt_out is None and status and status.opted_out:
            new_opt_out = OptOut(number, status.at, status.text, "they wrote it")
            if await anyio.to_thread.run_sync(self._opt_outs.add, new_opt_out):
                opt_out = new_opt_out
        if opt_out is None:
            return
        is_evidence = opt_out.source in {"they wrote it", "carrier"}
        if is_evidence and status and not status.opted_out and status.at > opt_out.since:
            await anyio.to_thread.run_sync(partial(self._opt_outs.opt_in, number, at=status.at))
            return
        raise PolicyRefusal(f"Not sent: {self.describe_opt_out(opt_out)}")

    def describe_opt_out(self, opt_out: OptOut) -> str:
        """Return who opted out and when, and who can change that."""
        person = self._display(opt_out.number)
        words = quote_inline(opt_out.words) if opt_out.words else "no longer stored"
        day = format_day(opt_out.since, zone=self._zone)
        lift = "They must reply START, or a person must unblock them from the command line."
        remove = "Only a person can remove the number, from the command line."
        match opt_out.source:
            case "they wrote it":
                message = f", their message: {words}" if self._shows_words else ""
                return f"{person} opted out of texts ({day}{message}). {lift}"
            case "carrier":
                return f"{person} opted out of texts ({day}, reported by their carrier). {lift}"
            case "agent":
                return f"an agent added {person} to the do-not-text list on {day} (reason: {words}). {remove}"
            case _:
                return f"a person added {person} to the do-not-text list on {day}. {remove}"


Rule: TypeAlias = Callable[[str], Awaitable[None]]
