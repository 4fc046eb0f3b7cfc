"""Tools for the account's phone numbers (inboxes) and users (teammates)."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from quo_mcp.errors import InvalidArguments
from quo_mcp.records.record import Envelope, Page
from quo_mcp.records.workspace import Member, PhoneNumber, User, full_name
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import DEFAULT_LIMIT, InboxRef, Limit, PageToken, Resolves, TeammateRef
from quo_mcp.tools.page_tokens import continued_page, first_of_page
from quo_mcp.tools.rendering import Presenter, block, heading, render_page, unreadable_note
from quo_mcp.tools.split_pages import fetch_page
from quo_mcp.values.references import with_number
from quo_mcp.values.untrusted import inline

ACTION_NAMES = {"messaging": "messages", "calling": "calls"}
REGION_NAMES = {"US": "the US", "CA": "Canada", "Intl": "other countries"}


def render_phone_number(number: PhoneNumber, presenter: Presenter) -> str:
    """Return an inbox as text: name and number, users, forwarding, porting and restrictions."""
    restrictions = [
        f"{ACTION_NAMES.get(action, inline(action))} to {', '.join(REGION_NAMES.get(region, inline(region)) for region, state in regions.items() if state == 'restricted')}"
        for action, regions in (number.restrictions or {}).items()
        if "restricted" in regions.values()
    ]
    return block(
        heading(
            with_number(
                " ".join(
                    filter(
                        None,
                        [
                            number.symbol and inline(number.symbol, 8),
                            inline(number.name or "Unnamed"),
                        ],
                    )
                ),
                presenter.number(number.number),
            ),
            unreadable_note(number),
            number.id,
        ),
        f"  Teammates: {', '.join(full_name(user) for user in number.users)}"
        if number.users
        else None,
        f"  Forwards to {presenter.number(number.forward)}" if number.forward else None,
        f"  Porting: {inline(number.porting_status)}" if number.porting_status else None,
        f"  Not allowed: {'; '.join(restrictions)}" if restrictions else None,
    )


def render_user(user: Member) -> str:
    """Return a teammate as one line: name, email address, role and id."""
    return heading(
        full_name(user),
        inline(user.email or "", max_words=1),
        user.role and inline(user.role),
        unreadable_note(user),
        user.id,
    )


class ListPhoneNumbers(Tool[Page[PhoneNumber]]):
    """List your inboxes (Quo phone numbers): name, number, id, teammates and restrictions."""

    effect = Effect.READ
    old_names: ClassVar[Mapping[str, str]] = {"user_id": "teammate"}

    teammate: Annotated[
        TeammateRef,
        Field(description="Only the inboxes of this teammate: name, email address or id."),
    ] = None

    async def run(self, context: ToolContext) -> Page[PhoneNumber]:
        return await context.account.api.get(
            Page[PhoneNumber], "phone-numbers", query={"userId": self.teammate}
        )

    def render(self, result: Page[PhoneNumber], presenter: Presenter) -> str:
        owner = f" of {presenter.teammate(self.teammate)}" if self.teammate else ""
        return render_page(
            result,
            lambda number: render_phone_number(number, presenter),
            title=f"Inboxes{owner}:",
            empty_text=f"No inboxes{owner} are visible to this account.",
        )


class GetPhoneNumber(Tool[Envelope[PhoneNumber]]):
    """Show one of your inboxes: name, number, id, teammates and restrictions. For all, call quo_list_phone_numbers."""

    effect = Effect.READ

    inbox: InboxRef = None

    async def run(self, context: ToolContext) -> Envelope[PhoneNumber]:
        return await context.account.api.get(
            Envelope[PhoneNumber], "phone-numbers", str(self.inbox)
        )

    def render(self, result: Envelope[PhoneNumber], presenter: Presenter) -> str:
        return block("Inbox:", render_phone_number(result.data, presenter))


class ListUsers(Tool[Page[User]]):
    """List your teammates (the workspace's Quo users): name, email address, role and id.

    For customers, call quo_find_contacts.
    """

    effect = Effect.READ

    limit: Limit = DEFAULT_LIMIT
    page_token: PageToken = None

    async def run(self, context: ToolContext) -> Page[User]:
        return await fetch_page(
            context, Page[User], "users", limit=self.limit, page_token=self.page_token
        )

    def render_first(self, result: Page[User], presenter: Presenter, count: int) -> str:
        return self.render(first_of_page(result, self.page_token, count), presenter)

    def render(self, result: Page[User], _presenter: Presenter) -> str:
        return render_page(
            continued_page(self, result),
            render_user,
            title="Teammates:",
            empty_text="No teammates found.",
        )


class GetUser(Tool[Envelope[User]]):
    """Show one teammate: name, email address, role, id and join date. For all, call quo_list_users."""

    effect = Effect.READ

    user_id: Annotated[
        str,
        Resolves("teammate"),
        Field(description="The teammate's name, email address or id (US…)."),
    ]

    async def run(self, context: ToolContext) -> Envelope[User]:
        if self.user_id.startswith("SYU"):
            raise InvalidArguments(
                "This id belongs to Sona, Quo's AI agent. Only teammates can be looked up."
            )
        return await context.account.api.get(Envelope[User], "users", self.user_id)

    def render(self, result: Envelope[User], presenter: Presenter) -> str:
        joined_at = result.data.created_at
        return block(
            "Teammate:",
            render_user(result.data),
            f"  Joined {presenter.day(joined_at)}" if joined_at else None,
        )
