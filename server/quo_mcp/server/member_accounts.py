"""The account of each person who signed in: their settings by their role, their inboxes as Quo gives them.

A person is recognized in Quo by the email address of their access token. Whom Quo does not know, or gives no inbox,
reads nothing.
"""

from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_REQUEST

from quo_mcp.config.settings import Settings
from quo_mcp.directory.cache import RefreshingCache
from quo_mcp.errors import PolicyRefusal, Refusal
from quo_mcp.records.workspace import PhoneNumber, User
from quo_mcp.safety.audit import AuditEntry
from quo_mcp.safety.scoped_api import select_inboxes
from quo_mcp.server.auth.principal_lookup import principal_of
from quo_mcp.server.auth.role_file import RoleFile
from quo_mcp.server.auth.roles import Role
from quo_mcp.server.auth.scopes import ADMIN
from quo_mcp.server.prompts_and_resources import STATIC_LISTS
from quo_mcp.server.request_handlers import InFlightWrites, RequestHandlers
from quo_mcp.server.result_text import text_result
from quo_mcp.tools.context import Account, SignedInMember
from quo_mcp.values.principal import Principal
from quo_mcp.values.untrusted import inline

MAX_ACCOUNTS = 256
MAX_ACCESS_AGE = timedelta(minutes=1)  # of what Quo says about who uses which inbox
MIN_ACCESS_AGE = timedelta(
    seconds=15
)  # before Quo is asked again about somebody whom it does not know
NO_ACCOUNT_METHODS = {*STATIC_LISTS, "initialize", "ping", "server/discover"}
"""The requests that read nothing of an account."""


class MemberAccounts:
    """A middleware that puts the caller's own account in the place of the server's.

    operator: the handlers for requests that come from no person, such as those with the static token.
    """

    list_age = 5  # seconds that a client may keep a list, since roles change without a restart

    def __init__(
        self,
        settings: Settings,
        operator: RequestHandlers,
        in_flight_writes: InFlightWrites | None = None,
    ) -> None:
        self._settings = settings
        self._operator = operator
        self._roles = RoleFile(settings)
        self._accounts: OrderedDict[tuple[Principal, Settings, str], Account] = OrderedDict()

        @lru_cache(maxsize=MAX_ACCOUNTS)
        def handlers(settings: Settings, scopes: frozenset[str]) -> RequestHandlers:
            return RequestHandlers(settings, in_flight_writes, scopes)

        self._handlers = handlers

    def handlers_for(self, request: ServerRequestContext[Account, Any]) -> RequestHandlers:
        """Return the handlers for a caller. The inboxes change nothing about them."""
        principal = principal_of(request.request)
        if principal is None:
            return self._operator
        try:
            settings = self._roles.role_of(principal).tighten(self._settings)
        except PolicyRefusal:
            settings = (
                self._settings
            )  # lists show what there is, and each call says why it is refused
        return self._handlers(settings, principal.scopes)

    async def __call__(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        principal = principal_of(ctx.request)
        if principal is None or ctx.request_id is None or ctx.method in NO_ACCOUNT_METHODS:
            return await call_next(ctx)
        root: Account = ctx.lifespan_context
        try:
            account = await self.account_of(principal, root)
        except Refusal as refusal:
            if ctx.method != "tools/call":
                raise MCPError(INVALID_REQUEST, str(refusal)) from None
            tool = str((ctx.params or {}).get("name", ""))[:100]
            entry = AuditEntry(
                tool, outcome="refused", reason=type(refusal).__name__, principal=principal.name
            )
            await root.audit.append(entry)
            return text_result(str(refusal), self._settings, is_error=True)
        return await call_next(replace(ctx, lifespan_context=account))

    async def account_of(self, principal: Principal, root: Account) -> Account:
        """Return a person's account, which holds nothing that was read for another person.

        Raises:
            PolicyRefusal: the person may read nothing; the message says who can change that.
            GatewayError: Quo could not be asked.
        """
        role = self._roles.role_of(principal)
        user = await find_user(principal, root)
        inboxes = await find_inboxes(principal, user, role, root)
        settings = role.tighten(self._settings).model_copy(
            update={"inboxes": tuple(inbox.id for inbox in inboxes)}
        )
        key = (principal, settings, user.id)
        account = self._accounts.get(key)
        if account is None:
            member = SignedInMember(principal, user.id, ADMIN in principal.scopes)
            account = self._accounts[key] = root.account_for(settings, member)
        self._accounts.move_to_end(key)
        while len(self._accounts) > MAX_ACCOUNTS:
            self._accounts.popitem(last=False)
        return account


async def find_user(principal: Principal, root: Account) -> User:
    """Return the person's user in Quo.

    Raises:
        PolicyRefusal: there is none, or not exactly one.
    """
    if principal.email is None:
        raise PolicyRefusal(
            "Not done: this sign-in has no verified email address, so Quo cannot say which inboxes are yours. An administrator must add "
            "the email address to the access tokens of the identity provider."
        )
    users = root.directory.users
    await refresh_if_older(users, MAX_ACCESS_AGE)
    matches = match_users(principal.email, (await users.get(fresh=True)).values())
    if not matches:
        await refresh_if_older(users, MIN_ACCESS_AGE)
        matches = match_users(principal.email, (await users.get(fresh=True)).values())
    if len(matches) == 1:
        return matches[0]
    problem = "several users" if matches else "no user"
    raise PolicyRefusal(
        f"Not done: you are signed in as {inline(principal.email)}, and Quo has {problem} with this email address. An owner or admin of the Quo "
        "workspace must invite you in the Quo app with exactly this address, and add you to an inbox."
    )


def match_users(email: str, users: Iterable[User]) -> list[User]:
    return [user for user in users if (user.email or "").strip().casefold() == email]


async def find_inboxes(
    principal: Principal, user: User, role: Role, root: Account
) -> list[PhoneNumber]:
    """Return the inboxes that Quo gives the person, as far as the settings and the role allow them.

    Raises:
        PolicyRefusal: there are none.
    """
    numbers = root.directory.numbers
    await refresh_if_older(numbers, MAX_ACCESS_AGE)
    inboxes = select_for(user, role, await numbers.get(fresh=True), root.settings)
    if not inboxes:
        await refresh_if_older(numbers, MIN_ACCESS_AGE)
        inboxes = select_for(user, role, await numbers.get(fresh=True), root.settings)
    if inboxes:
        return inboxes
    raise PolicyRefusal(
        f"Not done: you are signed in as {inline(principal.email)}, and Quo gives you no inbox that this server may use. An owner or admin of "
        "the Quo workspace can add you to an inbox in the Quo app."
    )


def select_for(
    user: User, role: Role, numbers: Iterable[PhoneNumber], settings: Settings
) -> list[PhoneNumber]:
    numbers = [*numbers]
    allowed = {inbox.id for inbox in role.select(numbers)}
    return [
        inbox
        for inbox in select_inboxes(numbers, settings.inboxes)
        if inbox.id in allowed and user.id in {member.id for member in inbox.users}
    ]


async def refresh_if_older(cache: RefreshingCache[Any], age: timedelta) -> None:
    """Read a cached value again if it is older than `age`. If that fails, the old value may still do."""
    if cache.value is not None and cache.age > age:
        with suppress(Refusal):
            await cache.refresh()
