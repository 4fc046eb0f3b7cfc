"""The account, which lives as long as the server, and the context of one tool call."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Protocol
from zoneinfo import ZoneInfo

from quo_mcp.config.settings import Settings
from quo_mcp.directory.cache import ProgressCallback
from quo_mcp.directory.directory import Directory
from quo_mcp.directory.keyed_lock import KeyedLock
from quo_mcp.gateway import ApiClient, Gateway
from quo_mcp.history.activity_reader import ActivityReader
from quo_mcp.history.reading_pass import PassCache
from quo_mcp.records.assumptions import Verdicts
from quo_mcp.safety.account_identity import AccountIdentity
from quo_mcp.safety.approval_records import ApprovalRecords
from quo_mcp.safety.audit import AuditLog
from quo_mcp.safety.journal_clock import JournalClock
from quo_mcp.safety.outbox import Outbox
from quo_mcp.safety.recipient_rules import RecipientRules
from quo_mcp.safety.verdict_store import VerdictStore
from quo_mcp.tools.rendering import Presenter
from quo_mcp.values.principal import Principal

NAMES_TIMEOUT = 2.0  # seconds


@dataclass(frozen=True, slots=True)
class SignedInMember:
    """The teammate who signed in, and for whom a call is made.

    principal: who they are by their access token. user_id: who they are in Quo.
    may_act_as_others: whether they may read and send with the access of other teammates.
    """

    principal: Principal
    user_id: str
    may_act_as_others: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """The services of one account. All calls share them as long as the server runs.

    If people sign in, each has an account of their own, which shares what holds no messages.

    api: Quo's API, restricted to the inboxes that the settings allow.
    gateway: the client of the Maton gateway; its `control` plane manages the connections.
    directory: names of contacts, inboxes and teammates.
    outbox: sends every message. recipient_rules: who may be texted. audit: the audit log.
    consume_approval: marks an approval id as used; false if it was used before.
    approval_records: the sealing key and the refused questions.
    clock: the time of sends, which the gateway may correct.
    identity: which account the API key leads to.
    verdict_store: which assumptions about Quo were checked on this account. verdicts: those at the server's start.
    now: the clock, in UTC. zone: the time zone for reading and showing times.
    locks: serialize calls that write the same thing.
    passes: what lists over many conversations read, for their next pages.
    member: the teammate whose account it is; None without sign-in.
    account_for: returns the account with other settings, or of a teammate.
    """

    api: ApiClient
    gateway: Gateway
    directory: Directory
    outbox: Outbox
    recipient_rules: RecipientRules
    audit: AuditLog
    consume_approval: Callable[[str], Awaitable[bool]]
    approval_records: ApprovalRecords
    verdict_store: VerdictStore
    verdicts: Verdicts
    settings: Settings
    identity: AccountIdentity
    clock: JournalClock
    now: Callable[[], datetime]
    zone: ZoneInfo
    passes: PassCache
    locks: KeyedLock
    member: SignedInMember | None
    account_for: "AccountMaker"

    @property
    def id(self) -> str:
        """The id of the account, which its sends have; that of the key until the account is known."""
        return self.identity.id

    @property
    def activity_reader(self) -> ActivityReader:
        """The reader of all messages and calls of a span."""
        return ActivityReader(self.api, self.directory, self.passes)

    @property
    def control(self) -> ApiClient:
        """Maton's control plane, which manages the account's connections."""
        return self.gateway.control

    def presenter(self) -> Presenter:
        """Return a presenter for one result, which shows the names that are loaded so far."""
        return Presenter(
            self.directory,
            now=self.now(),
            zone=self.zone,
            opt_outs=self.recipient_rules.known_opt_outs,
            readable_inboxes=self.settings.inboxes if self.member else None,
            verdicts=self.verdicts,
        )


class AccountMaker(Protocol):
    def __call__(self, settings: Settings, member: SignedInMember | None = None) -> Account: ...


async def ignore_progress(_done: float, _total: float | None, _message: str) -> None:
    """Discard progress, for a client that did not ask for it."""


@dataclass(frozen=True)
class ToolContext:
    """One tool call.

    progress: reports progress to the client.
    approval_id: the id of a person's approval of this call; None if no one was asked.
    index_read: how often the conversation index had been read when the call began.
    """

    account: Account
    progress: ProgressCallback = ignore_progress
    approval_id: str | None = None
    index_read: int = field(init=False)

    def __post_init__(self) -> None:
        index_read = self.account.directory.conversations.reads_begun
        object.__setattr__(self, "index_read", index_read)

    @cached_property
    def recipient_rules(self) -> RecipientRules:
        """Who may be texted. All checks of one call share one read of recent activity."""
        return self.account.recipient_rules.cached(self.index_read)


async def presenter_with_names(account: Account) -> Presenter:
    """Wait briefly until names are loaded, then return a presenter."""
    await account.directory.wait_until_loaded(NAMES_TIMEOUT)
    await account.recipient_rules.known_opt_outs.refresh()
    return account.presenter()
