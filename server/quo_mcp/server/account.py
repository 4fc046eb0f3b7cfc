"""The account behind a server, for as long as the server lives: Maton where there is a key, else the sandbox."""

import contextlib
import hashlib
import tempfile
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import anyio.to_thread
import httpx2

from quo_mcp.config.settings import KEY, Config
from quo_mcp.directory.directory import Directory
from quo_mcp.errors import AccessDenied
from quo_mcp.gateway import Gateway, Plane, Settings, is_reference
from quo_mcp.safety.audit import NAME as AUDIT
from quo_mcp.safety.audit import Audit
from quo_mcp.safety.journal import Journal
from quo_mcp.safety.opt_out_store import OptOuts
from quo_mcp.safety.outbox import Outbox, Patience
from quo_mcp.safety.recipient_rules import Recipients
from quo_mcp.safety.scoped_api import Bounded, allowed
from quo_mcp.safety.send_limits import Limits
from quo_mcp.store.sqlite import Database, Unwritable
from quo_mcp.tools.context import Quo
from quo_mcp.values import times

if TYPE_CHECKING:
    from quo_mcp.sandbox import Sandbox

SANDBOX_KEY = "sandbox"
SANDBOX_URL = "https://sandbox.invalid"  # names nobody: its links must not look like Maton's
SOON = 20.0  # seconds after which a new connection is authorized, since nobody can open its link
JOURNAL = "sends.sqlite3"


def real_time() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def account(
    config: Config,
    *,
    transport: httpx2.AsyncBaseTransport | None = None,
    sandbox: "Sandbox | None" = None,
    now: Callable[[], datetime] = real_time,
) -> AsyncGenerator[Quo]:
    """The account, open: its gateway, its directory, its journal of sends.

    transport: in place of the network, for tests. sandbox: in place of a new one, where there is no key.
    """
    key = config.api_key.get_secret_value() if config.api_key else SANDBOX_KEY
    within = config.is_sandbox and transport is None
    settings = Settings(
        key=key,
        quo_url=f"{SANDBOX_URL}/quo/v1" if within else config.quo_root,
        control_url=SANDBOX_URL if within else config.control_root,
        connection=config.connection,
        user_agent=config.user_agent,
        read_deadline=config.read_timeout,
        write_deadline=config.send_timeout,
    )
    if within:
        transport = inside(sandbox)
    elif is_reference(key):
        transport = Unkeyed()
    with tempfile.TemporaryDirectory(prefix="quo-mcp-") as scratch:
        # What is sent in the sandbox is pretend, and its journal must not hold back real texts.
        kept = state_of(config) if config.state_dir or not config.is_sandbox else Path(scratch)
        database = Database(kept / JOURNAL)
        patience = patience_of(config)
        # No send may outlive its lease: beyond the request and the looks there is the disk.
        lease = timedelta(seconds=patience.post + patience.all_looks + 60)
        journal = Journal(database, lease=lease)

        async def use_up(approval: str) -> bool:
            return await anyio.to_thread.run_sync(lambda: journal.consume(approval, now=now()))

        try:
            await tidied(journal, database, now)
            async with (
                Gateway(
                    settings, transport, wall=lambda: now().timestamp(), way=config.way
                ) as gateway,
                Directory(gateway.quo, now=now) as directory,
            ):
                recipients = Recipients(
                    config, OptOuts(database), api=gateway.quo, directory=directory, now=now
                )
                yield Quo(
                    api=bounded(config, gateway.quo, directory, recipients),
                    gateway=gateway,
                    directory=directory,
                    outbox=outbox(config, journal, patience, now),
                    recipients=recipients,
                    audit=Audit(kept / AUDIT if config.audit else None, now=now, secret=key),
                    use_up=use_up,
                    config=config,
                    account=name_of_account(key),
                    now=now,
                    zone=ZoneInfo(config.time_zone) if config.time_zone else times.local_zone(),
                )
        finally:
            database.close()


def bounded(config: Config, api: Plane, directory: Directory, recipients: Recipients) -> Plane:
    """Quo's API within what the settings allow; itself where they allow all of it."""

    async def inboxes() -> frozenset[str]:
        own = await directory.numbers.get()
        return frozenset(each.id for each in allowed(own, config.inboxes))

    if not config.inboxes and "known" not in config.recipients:
        return api
    return Bounded(
        api,
        inboxes=inboxes if config.inboxes else None,
        known=recipients.is_known if "known" in config.recipients else None,
    )


async def tidied(journal: Journal, database: Database, now: Callable[[], datetime]) -> None:
    """What must not be kept any longer goes, whether or not anything is sent today."""
    if database.path.exists():
        with contextlib.suppress(Unwritable):  # who wants to send is told so
            await anyio.to_thread.run_sync(lambda: journal.recover(now=now()))


def limits_of(config: Config) -> Limits:
    return Limits(
        per_minute=config.max_per_minute,
        per_hour=config.max_per_hour,
        per_day=config.max_per_day,
        per_person_hour=config.max_per_person_hour,
        per_person_day=config.max_per_person_day,
        cents_per_day=config.max_cents_per_day,
    )


def patience_of(config: Config) -> Patience:
    """A second more than the gateway's own deadline, and than the look at the inboxes before it.

    The gateway knows whether a text that was not in time surely did not leave, so it has to end it.
    """
    before = config.read_timeout if config.inboxes else 0
    return Patience(post=before + config.send_timeout + 1)


def outbox(
    config: Config, journal: Journal, patience: Patience, now: Callable[[], datetime]
) -> Outbox:
    return Outbox(
        journal,
        limits=limits_of(config),
        window=timedelta(minutes=config.duplicate_minutes),
        patience=patience,
        now=now,
    )


def name_of_account(key: str) -> str:
    """The same for the same key, and no way back to it.

    Whether a connection is named makes no difference: the same text through the same key is the same.
    """
    return hashlib.sha256(f"quo-mcp account\n{key}".encode()).hexdigest()[:16]


def new_sandbox() -> "Sandbox":
    from quo_mcp.sandbox import Sandbox  # noqa: PLC0415 - a server with a key never needs it

    return Sandbox(auto_authorize_after=SOON)


def inside(sandbox: "Sandbox | None") -> httpx2.AsyncBaseTransport:
    """A sandbox as a transport, in this process; a connection it drops is a network fault.

    Without one given it is made when it is first asked: a client that only lists tools need not wait for it.
    """

    class Inside(httpx2.AsyncBaseTransport):
        asgi: httpx2.ASGITransport | None = None

        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            from quo_mcp.sandbox import Dropped  # noqa: PLC0415 - a server with a key never needs it

            self.asgi = self.asgi or httpx2.ASGITransport((sandbox or new_sandbox()).app)
            try:
                return await self.asgi.handle_async_request(request)
            except Dropped as dropped:
                raise httpx2.ReadError("the sandbox dropped the connection") from dropped

    return Inside()


def state_of(config: Config, *, sandbox: bool | None = None) -> Path:
    """Where what must outlive the process is kept; pretend sends beside the real ones, not among them.

    sandbox: which of the two; left out, the one that the settings choose.
    """
    pretend = config.is_sandbox if sandbox is None else sandbox
    return config.state / "sandbox" if pretend else config.state


class Unkeyed(httpx2.AsyncBaseTransport):
    """In place of the network where the key is none: the server runs, and every call says what to do."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:  # noqa: ARG002 - the library's
        raise AccessDenied(
            f"The client handed on a reference in place of the key: {KEY} is not set where the client runs. "
            "Nothing was asked of Quo. A person sets it there and starts the client again; "
            "quo-mcp install CLIENT says how.",
            status=401,
            source="gateway",
        )


@contextmanager
def records_of(config: Config, *, sandbox: bool | None = None) -> Iterator[tuple[Journal, OptOuts]]:
    """The journal and the opt-outs, for the commands that a person gives. sandbox: as in `state_of`."""
    with closing(Database(state_of(config, sandbox=sandbox) / JOURNAL)) as database:
        yield Journal(database), OptOuts(database)
