"""The account behind a server, for the lifetime of the server: Maton if a key is set, otherwise the sandbox."""

import contextlib
import hashlib
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeAlias
from zoneinfo import ZoneInfo

import anyio.to_thread
import httpx2

from quo_mcp.config.settings import API_KEY_VARIABLE, Settings
from quo_mcp.directory.directory import Directory
from quo_mcp.directory.keyed_lock import KeyedLock
from quo_mcp.directory.stored_contacts import StoredContacts
from quo_mcp.errors import AccessDenied, DatabaseUnavailable
from quo_mcp.gateway import ApiClient, Gateway, GatewayConfig, is_placeholder
from quo_mcp.history.reading_pass import PassCache
from quo_mcp.records.assumptions import Verdicts
from quo_mcp.safety.account_identity import AccountIdentity
from quo_mcp.safety.account_store import AccountStore
from quo_mcp.safety.approval_records import ApprovalRecords
from quo_mcp.safety.audit import AuditLog
from quo_mcp.safety.audit_file import FILE_NAME as AUDIT
from quo_mcp.safety.carrier_opt_outs import CarrierOptOuts
from quo_mcp.safety.journal import Journal
from quo_mcp.safety.journal_clock import JournalClock
from quo_mcp.safety.journal_sql import KEEP_ROWS
from quo_mcp.safety.member_api import MemberApi
from quo_mcp.safety.opt_out_field import OptOutField
from quo_mcp.safety.opt_out_store import OptOutStore
from quo_mcp.safety.outbox import Outbox, Timeouts
from quo_mcp.safety.recipient_rules import RecipientRules
from quo_mcp.safety.scoped_api import ScopedApi, select_inboxes
from quo_mcp.safety.send_limits import SendLimits
from quo_mcp.safety.verdict_store import VerdictStore
from quo_mcp.server.databases import Databases, open_databases, state_dir_for
from quo_mcp.store.database import Database
from quo_mcp.store.record_store import RecordStore
from quo_mcp.store.shared_rate import SharedLimiter
from quo_mcp.tools.context import Account, SignedInMember
from quo_mcp.tools.quo_parameter_names import ARGUMENT_NAMES
from quo_mcp.values import times
from quo_mcp.values.steady_clock import SteadyClock

if TYPE_CHECKING:
    from quo_mcp.sandbox import Sandbox

SANDBOX_KEY = "sandbox"
SANDBOX_URL = (
    "https://sandbox.invalid"  # a reserved domain: sandbox links must not look like Maton's
)
AUTO_AUTHORIZE_SECONDS = 20.0  # nobody can open the link of a sandbox connection

AccountFactory: TypeAlias = Callable[[Settings], AbstractAsyncContextManager[Account]]


@asynccontextmanager
async def open_account(
    settings: Settings,
    *,
    transport: httpx2.AsyncBaseTransport | None = None,
    sandbox: "Sandbox | None" = None,
    now: Callable[[], datetime] = times.utc_now,
    audit_stream: TextIO | None = None,
) -> AsyncGenerator[Account]:
    """Open the account: its gateway, its directory and its journal of sends.

    transport: replaces the network in tests. sandbox: the sandbox to use without a key (default: a new one).
    audit_stream: gets a copy of each line of the audit log.
    """
    key = settings.key_in_use or SANDBOX_KEY
    in_process_sandbox = settings.is_sandbox and transport is None
    gateway_config = GatewayConfig(
        api_key=key,
        quo_url=f"{SANDBOX_URL}/quo/v1" if in_process_sandbox else settings.api_base_url,
        control_url=SANDBOX_URL if in_process_sandbox else settings.control_base_url,
        connection_id=settings.connection,
        user_agent=settings.user_agent,
        read_timeout=settings.read_timeout,
        write_timeout=settings.send_timeout,
        argument_names=ARGUMENT_NAMES,
    )
    if in_process_sandbox:
        transport = sandbox_transport(sandbox)
    elif is_placeholder(key):
        transport = MissingKeyTransport(settings.key_variable or API_KEY_VARIABLE)
    with tempfile.TemporaryDirectory(prefix="quo-mcp-") as temporary_dir:
        # Sandbox sends must not block real texts as duplicates, so they get a journal of their own.
        state_dir = (
            state_dir_for(settings)
            if settings.state_dir or not settings.is_sandbox
            else Path(temporary_dir)
        )
        databases = open_databases(settings, state_dir, now)
        database = databases.journal
        zone = zone_from(settings)
        # A new sandbox has other conversations under the same ids.
        is_new_sandbox = in_process_sandbox and sandbox is None
        stored_contacts = await find_stored_contacts(settings, databases, key)
        conversation_records = await find_conversation_records(settings, databases, key)
        timeouts = timeouts_from(settings)
        # A send must end before its lease does. The margin covers disk writes.
        lease = timedelta(seconds=timeouts.post + timeouts.search + 60)
        steady_clock = SteadyClock(now)
        try:
            # Without the gateway's time, this deletes no rows.
            await prune_journal(Journal(database, lease=lease), database, now)
            async with (
                Gateway(
                    gateway_config,
                    transport,
                    wall=lambda: now().timestamp(),
                    network=settings.network,
                    limiter=None
                    if in_process_sandbox
                    else SharedLimiter(databases.rate, fingerprint("rate", key)),
                ) as gateway,
                Directory(
                    gateway.api,
                    now=steady_clock.now,
                    stored_contacts=stored_contacts,
                    conversation_records=None if is_new_sandbox else conversation_records,
                    wall=now,
                ) as directory,
            ):
                clock = JournalClock(now, lambda: gateway.time, directory.numbers.refresh)
                journal = Journal(
                    database,
                    lease=lease,
                    keep_rows=settings.retention_period or KEEP_ROWS,
                    certain_now=clock.certain_now,
                )

                async def consume_approval(approval_id: str) -> bool:
                    return await anyio.to_thread.run_sync(
                        lambda: journal.consume_approval(approval_id, now=clock.now())
                    )

                opt_outs = OptOutStore(database)
                identity = AccountIdentity(AccountStore(database), key_id(key), directory)
                if database.was_used:
                    await anyio.to_thread.run_sync(identity.look_up)
                audit = AuditLog(
                    state_dir / AUDIT if settings.audit else None,
                    now=now,
                    secret=key,
                    retention=settings.retention_period,
                    certain_now=clock.certain_now,
                    copy_to=audit_stream,
                )
                verdict_store = VerdictStore(database)
                verdicts = await load_verdicts(verdict_store, identity) if database.was_used else {}
                locks = KeyedLock()

                def account_for(
                    settings: Settings, member: SignedInMember | None = None
                ) -> Account:
                    """Return the account with other settings, or of one teammate. What is shared holds no messages."""
                    recipients = RecipientRules(
                        settings,
                        opt_outs,
                        api=gateway.api,
                        directory=directory,
                        now=clock.now,
                        zone=zone,
                        shows_words=member is None,
                    )
                    api = restrict_api(settings, gateway.api, directory, recipients)
                    if member is not None:
                        api = MemberApi(
                            api, member.user_id, may_act_as_others=member.may_act_as_others
                        )
                    outbox = Outbox(
                        journal,
                        CarrierOptOuts(api, opt_outs, quo_now=lambda: clock.now() + clock.skew()),
                        clock_skew=clock.skew,
                        limits=limits_from(settings),
                        duplicate_window=timedelta(minutes=settings.duplicate_minutes),
                        timeouts=timeouts,
                        now=clock.now,
                    )
                    return Account(
                        api=api,
                        gateway=gateway,
                        directory=directory,
                        outbox=outbox,
                        recipient_rules=recipients,
                        audit=audit,
                        consume_approval=consume_approval,
                        verdict_store=verdict_store,
                        verdicts=verdicts,
                        approval_records=ApprovalRecords(database),
                        settings=settings,
                        identity=identity,
                        clock=clock,
                        now=now,
                        zone=zone,
                        passes=PassCache(steady_clock.now),
                        locks=locks,
                        member=member,
                        account_for=account_for,
                    )

                yield account_for(settings)
        finally:
            databases.close()


async def find_stored_contacts(
    settings: Settings, databases: Databases, key: str
) -> StoredContacts | None:
    """Return the kept contacts; None, after deleting them, if the settings do not keep any."""
    account = fingerprint("contacts", key, settings.connection or "")
    if settings.keep_contacts:
        return StoredContacts(RecordStore(databases.contacts, account))
    await databases.forget_records(databases.contacts, account)
    return None


async def find_conversation_records(
    settings: Settings, databases: Databases, key: str
) -> RecordStore | None:
    """Return the kept index of conversations; None, after deleting it, if the settings do not keep it."""
    account = fingerprint("conversations", key, settings.connection or "")
    if settings.keep_conversations:
        return RecordStore(databases.conversations, account)
    await databases.forget_records(databases.conversations, account)
    return None


async def load_verdicts(store: VerdictStore, identity: AccountIdentity) -> Verdicts:
    """Return the verdicts of `doctor --live`; none if the store cannot be read, which a send reports."""
    try:
        return await anyio.to_thread.run_sync(store.load, identity.id)
    except DatabaseUnavailable:
        return {}


def restrict_api(
    settings: Settings, api: ApiClient, directory: Directory, recipients: RecipientRules
) -> ApiClient:
    """Return an API client limited to the inboxes and people that the settings allow."""

    async def allowed_inbox_ids() -> frozenset[str]:
        phone_numbers = await directory.numbers.get()
        return frozenset(
            phone_number.id for phone_number in select_inboxes(phone_numbers, settings.inboxes)
        )

    if not (settings.inboxes or settings.opt_out_field or "known" in settings.recipients):
        return api
    return ScopedApi(
        api,
        inboxes=allowed_inbox_ids if settings.inboxes else None,
        is_known=recipients.is_known if "known" in settings.recipients else None,
        opt_out_field=OptOutField(settings.opt_out_field) if settings.opt_out_field else None,
    )


async def prune_journal(journal: Journal, database: Database, now: Callable[[], datetime]) -> None:
    """Delete expired journal entries at startup, even if nothing is sent afterwards."""
    if database.was_used:
        with contextlib.suppress(DatabaseUnavailable):  # a send reports the failure
            await anyio.to_thread.run_sync(lambda: journal.recover(now=now()))


def limits_from(settings: Settings) -> SendLimits:
    return SendLimits(
        per_minute=settings.max_per_minute,
        per_hour=settings.max_per_hour,
        per_day=settings.max_per_day,
        per_person_hour=settings.max_per_person_hour,
        per_person_day=settings.max_per_person_day,
        cents_per_day=settings.max_cents_per_day,
        zone=zone_from(settings),
    )


def zone_from(settings: Settings) -> ZoneInfo:
    """Return the time zone for reading and showing times."""
    return ZoneInfo(settings.time_zone) if settings.time_zone else times.local_zone()


def timeouts_from(settings: Settings) -> Timeouts:
    """Return timeouts that end one second after the gateway's own.

    Only the gateway knows whether a timed-out request was sent, so it must time out first.
    """
    inbox_lookup = settings.read_timeout if settings.inboxes else 0
    return Timeouts(post=inbox_lookup + settings.send_timeout + 1)


def key_id(key: str) -> str:
    """Return a stable id for an API key, from which the key cannot be recovered.

    The connection is not part of it, so duplicates are found across the connections of a key. It is also the id of the
    first account that the key led to, as in 0.1.0.
    """
    return hashlib.sha256(f"quo-mcp account\n{key}".encode()).hexdigest()[:16]


def fingerprint(purpose: str, *parts: str) -> str:
    """Return an id for rows about an API key, from which the key cannot be recovered."""
    return hashlib.sha256("\n".join((f"quo-mcp {purpose}", *parts)).encode()).hexdigest()[:16]


def new_sandbox() -> "Sandbox":
    from quo_mcp.sandbox import Sandbox  # noqa: PLC0415 - a server with a key never needs it

    return Sandbox(auto_authorize_after=AUTO_AUTHORIZE_SECONDS)


def sandbox_transport(sandbox: "Sandbox | None") -> httpx2.AsyncBaseTransport:
    """Return a transport that runs a sandbox in this process.

    A connection that the sandbox drops raises httpx2.ReadError. A new sandbox is created at the first request, because
    listing tools does not need one.
    """

    class SandboxTransport(httpx2.AsyncBaseTransport):
        asgi: httpx2.ASGITransport | None = None

        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            from quo_mcp.sandbox import ConnectionDropped  # noqa: PLC0415 - a server with a key never needs it

            self.asgi = self.asgi or httpx2.ASGITransport((sandbox or new_sandbox()).app)
            try:
                return await self.asgi.handle_async_request(request)
            except ConnectionDropped as error:
                raise httpx2.ReadError("the sandbox dropped the connection") from error

    return SandboxTransport()


class MissingKeyTransport(httpx2.AsyncBaseTransport):
    """Reject every request because the API key is an unresolved placeholder. The server starts anyway.

    variable: the variable that holds it.
    """

    def __init__(self, variable: str) -> None:
        self._variable = variable

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:  # noqa: ARG002 - required by the base class
        raise AccessDenied(
            f"The client passed an unresolved reference instead of the API key: {self._variable} is not set where the client "
            "runs. No request was sent to Quo. A person must set it there and restart the client.",
            status=401,
            source="gateway",
        )
