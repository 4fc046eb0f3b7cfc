"""The account's own numbers, and who works there."""

from typing import Annotated

from pydantic import Field

from quo_mcp.errors import Misunderstood
from quo_mcp.records.base import One, Page
from quo_mcp.records.workspace import Member, PhoneNumber, User, full_name
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import Quo
from quo_mcp.tools.fields import Inbox, Means, PageToken, Teammate
from quo_mcp.tools.rendering import View, block, heading, listing
from quo_mcp.values.untrusted import inline

PLACES = {"US": "the US", "CA": "Canada", "Intl": "other countries"}


def number_block(number: PhoneNumber, view: View) -> str:
    """An inbox: its name and number, then who uses it and what it may not do."""
    limits = [
        f"{what} {', '.join(PLACES.get(each, inline(each)) for each, how in by.items() if how == 'restricted')}"
        for what, by in (number.restrictions or {}).items()
        if "restricted" in by.values()
    ]
    return block(
        heading(
            " ".join(
                filter(
                    None,
                    [number.symbol and inline(number.symbol, 8), inline(number.name or "Unnamed")],
                )
            ),
            view.number(number.number),
            number.id,
        ),
        f"  Used by {', '.join(full_name(each) for each in number.users)}"
        if number.users
        else None,
        f"  Forwards to {view.number(number.forward)}" if number.forward else None,
        f"  Porting: {inline(number.porting_status)}" if number.porting_status else None,
        f"  Not allowed: {'; '.join(limits)}" if limits else None,
    )


def user_line(user: Member) -> str:
    return heading(
        full_name(user), inline(user.email or "", words=1), user.role and inline(user.role), user.id
    )


class ListPhoneNumbers(Tool[Page[PhoneNumber]]):
    """List your numbers (inboxes), and who uses each."""

    effect = Effect.READ

    user_id: Teammate = None

    async def run(self, quo: Quo) -> Page[PhoneNumber]:
        return await quo.api.get(Page[PhoneNumber], "phone-numbers", query={"userId": self.user_id})

    def render(self, result: Page[PhoneNumber], view: View) -> str:
        return listing(
            result,
            lambda each: number_block(each, view),
            title=f"{len(result.data)} of your numbers:" if self.user_id else "Your numbers:",
            empty="This account has no phone numbers that you can see.",
        )


class GetPhoneNumber(Tool[One[PhoneNumber]]):
    """Show one of your numbers."""

    effect = Effect.READ

    inbox: Inbox = None

    async def run(self, quo: Quo) -> One[PhoneNumber]:
        return await quo.api.get(One[PhoneNumber], "phone-numbers", str(self.inbox))

    def render(self, result: One[PhoneNumber], view: View) -> str:
        return number_block(result.data, view)


class ListUsers(Tool[Page[User]]):
    """List your teammates."""

    effect = Effect.READ

    limit: Annotated[int, Field(ge=1, le=50, description="At most")] = 50
    page_token: PageToken = None

    async def run(self, quo: Quo) -> Page[User]:
        query = {"maxResults": self.limit, "pageToken": self.page_token}
        return await quo.api.get(Page[User], "users", query=query)

    def render(self, result: Page[User], _view: View) -> str:
        return listing(result, user_line, title="Teammates:", empty="No users.")


class GetUser(Tool[One[User]]):
    """Show one teammate."""

    effect = Effect.READ

    user_id: Annotated[str, Means("teammate"), Field(description="Name, e-mail or id")]

    async def run(self, quo: Quo) -> One[User]:
        if self.user_id.startswith("SYU"):
            raise Misunderstood("That is Sona, Quo's AI agent: nobody to look up.")
        return await quo.api.get(One[User], "users", self.user_id)

    def render(self, result: One[User], view: View) -> str:
        since = result.data.created_at
        return block(user_line(result.data), f"  Here since {view.day(since)}" if since else None)
