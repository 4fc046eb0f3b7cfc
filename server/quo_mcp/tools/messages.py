"""Texts: read the ones exchanged with a person, with a group, or with everybody."""

from typing import Annotated, TypeAlias

from pydantic import Field

from quo_mcp.records.base import One, Page
from quo_mcp.records.messages import Message
from quo_mcp.tools.activity_all_threads import Found, across, covered, lately
from quo_mcp.tools.activity_lookup import activity
from quo_mcp.tools.activity_one_person import Everywhere, Exchanges, listed, with_them
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import Quo
from quo_mcp.tools.fields import MessageId, People
from quo_mcp.tools.rendering import View, block, heading, link, written
from quo_mcp.values.untrusted import inline


def status_of(message: Message) -> str | None:
    """What became of a text of ours, where it is not what one expects: theirs came, ours arrived."""
    if message.status in {"received", "delivered", ""}:
        return None
    return "not delivered" if message.status == "undelivered" else inline(message.status)


def attached(message: Message, *, links: bool = False) -> str | None:
    """`1 image attached`, with the links only where they were asked for."""
    if not message.media:
        return None
    kinds = [inline((each.type or "file").split("/")[0], 20) for each in message.media]
    counted = [
        f"{(many := kinds.count(kind))} {kind}{'s' * (many > 1)}" for kind in dict.fromkeys(kinds)
    ]
    urls = [link(each.url) for each in message.media if each.url and links]
    return "\n".join([f"  Attached: {', '.join(counted)}", *(f"  {url}" for url in urls)])


def message_block(
    message: Message,
    view: View,
    *,
    links: bool = False,
    between_two: bool = False,
    on: str | None = None,
) -> str:
    """When, who wrote it, and their words.

    between_two: the other one is named above it, so that here "them" is enough. on: the inbox, where
    that is to be said.
    """
    if message.direction == "outgoing":
        author = f"us ({view.teammate(message.user_id)})" if message.user_id else "us"
    else:
        author = "them" if between_two else view.name(message.sender)
    at = f"{view.when(message.created_at)} " if message.created_at else ""
    return block(
        heading(
            f"{at}{author}",
            f"on {view.inbox_name(on)}" if on else None,
            status_of(message),
            message.id,
        ),
        written(message.text) if message.text else None,
        attached(message, links=links),
    )


Texts: TypeAlias = Page[Message] | Everywhere[Message] | Found[Message]


class ListMessages(Exchanges[Texts]):
    """Read texts, newest first: with one person or group, or with everybody lately."""

    person: People = None

    async def run(self, quo: Quo) -> Texts:
        if self.person:
            return await self.theirs(quo, self.person)
        asked = self.asked(Page[Message], "messages", since=lately(quo, self.since, self.until))
        return await across(quo, asked, inbox=self.inbox, page_token=self.page_token)

    async def theirs(self, quo: Quo, people: list[str]) -> Page[Message] | Everywhere[Message]:
        """What was exchanged with these people."""
        asked = self.asked(Page[Message], "messages", since=self.since)
        return await with_them(quo, asked, people, self.inbox, self.page_token)

    def render(self, result: Texts, view: View) -> str:
        if isinstance(result, Found):
            return self._of_everybody(result, view)
        return self.of_them(result, view)

    def of_them(
        self, result: Page[Message] | Everywhere[Message], view: View, older: str | None = None
    ) -> str:
        """The texts with those who were named. older: how to get more, where it is not by calling again."""
        people = self.person or []
        return listed(
            result,
            self,
            view,
            lambda each, on: message_block(each, view, between_two=len(people) == 1, on=on),
            what="Texts",
            whom=view.people(people),
            older=older,
        )

    def _of_everybody(self, result: Found[Message], view: View) -> str:
        """Thread by thread, the one with the newest text first."""
        where = f" on {view.inbox(self.inbox)}" if self.inbox else ""
        by_thread: dict[str, list[Message]] = {}
        threads = {thread.id: thread for thread, _ in result.items}
        for thread, message in result.items:
            by_thread.setdefault(thread.id, []).append(message)
        lines = []
        for thread_id, messages in by_thread.items():
            thread = threads[thread_id]
            two = len(thread.participants) == 1
            on = "" if self.inbox else f" on {view.inbox_name(thread.phone_number_id)}"
            lines.append(f"With {view.people(thread.participants)}{on}:")
            lines += [message_block(each, view, between_two=two) for each in messages]
        return block(
            f"Texts{where}, thread by thread, newest first:" if lines else f"No texts{where}.",
            *lines,
            covered(result, self, view, "texts"),
        )


class GetMessage(Tool[One[Message]]):
    """Show one text, whether it was delivered, and attachments."""

    effect = Effect.READ

    message_id: MessageId
    media_links: Annotated[bool, Field(description="Show attachment links")] = False

    async def run(self, quo: Quo) -> One[Message]:
        return await activity(quo, One[Message], "messages", self.message_id)

    def render(self, result: One[Message], view: View) -> str:
        message = result.data
        return block(
            message_block(message, view, links=self.media_links),
            f"  From {view.person(message.sender)} to {view.people(message.to)}",
            "  Delivered" if message.status == "delivered" else None,
            f"  Conversation {message.conversation_id}" if message.conversation_id else None,
        )
