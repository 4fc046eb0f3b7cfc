"""The resources there are: the account's lists, a contact, a thread, the sandbox's guide.

Each is made by the tools' own code. A resource is absent where a tool that it is made of is
switched off, and what a tool may not show, a resource does not show either.
"""

from dataclasses import replace
from importlib.resources import files
from typing import Any

from quo_mcp.config.settings import Config
from quo_mcp.errors import Misunderstood
from quo_mcp.records.base import Page
from quo_mcp.server.resource_template import Asked, Resource, Tools
from quo_mcp.tools import resolve
from quo_mcp.tools.base import Tool, name_of
from quo_mcp.tools.calls import ListCalls
from quo_mcp.tools.contacts import GetContact, ListContactCustomFields
from quo_mcp.tools.context import Quo, warmed
from quo_mcp.tools.conversations import ListConversations, conversation_block
from quo_mcp.tools.messages import ListMessages
from quo_mcp.tools.rendering import block
from quo_mcp.tools.resolve.conversations import by_id
from quo_mcp.tools.resolve.inboxes import own_numbers
from quo_mcp.tools.workspace import ListPhoneNumbers, ListUsers
from quo_mcp.values.untrusted import inline

TEXTS, CALLS = 20, 10  # of a thread that are shown
MOST_PEOPLE = 10  # Quo's cap for a group


def offered(tools: Tools, config: Config) -> list[Resource]:
    """Those there are, with these tools switched on."""
    return [
        each
        for each in RESOURCES
        if set(each.needs) <= set(tools) and (config.is_sandbox or not each.sandbox_only)
    ]


async def read(uri: str, quo: Quo, tools: Tools) -> tuple[Resource, str]:
    """The resource at an address, and its text.

    Raises:
        Misunderstood: there is none.
        Refusal: it cannot be read.
    """
    for resource in offered(tools, quo.config):
        found = resource.id_in(uri)
        if found is not None:
            asked = Asked(replace(quo, said=[]), await warmed(quo), tools, found)
            text = await resource.read(asked)
            return resource, block(text, asked.view.footer())
    raise Misunderstood(f"There is no resource {inline(uri, 200)}.")


async def told(tool: Tool[Any], asked: Asked) -> str:
    """What a tool says, called like this."""
    settled = await resolve.settle(tool, asked.quo)
    return settled.render(await settled.run(asked.quo), asked.view)


async def phone_numbers(asked: Asked) -> str:
    own = await own_numbers(asked.quo)
    return ListPhoneNumbers().render(Page(data=own), asked.view)


async def users(asked: Asked) -> str:
    everybody = await asked.quo.directory.users.get()
    return ListUsers().render(Page(data=list(everybody.values())), asked.view)


async def custom_fields(asked: Asked) -> str:
    return await told(ListContactCustomFields(), asked)


async def contact(asked: Asked) -> str:
    # Not settled: an address names a contact by its id alone.
    tool = GetContact(contact_id=asked.id)
    return tool.render(await tool.run(asked.quo), asked.view)


async def conversation(asked: Asked) -> str:
    """A thread: where it stands, its latest texts and, with one person, calls, as the tools say them."""
    thread = await by_id(asked.id, asked.quo)
    head = conversation_block(thread, asked.view)
    inbox, them = thread.phone_number_id, thread.participants
    if len(them) > MOST_PEOPLE:
        return block(head, "Texts with so many people cannot be listed.")
    try:
        texts = ListMessages(person=list(them), inbox=inbox, limit=TEXTS)
        parts = [await part(texts, asked)]
        if ListCalls in asked.tools and len(them) == 1:
            parts.append(await part(ListCalls(person=them[0], inbox=inbox, limit=CALLS), asked))
    except Misunderstood as why:  # a short code, or somebody whose number was withheld
        parts = [str(why)]
    return block(head, *parts)


async def part(tool: Tool[Any], asked: Asked) -> str:
    """What a tool says, under its name: how to go on is said to whoever calls it."""
    return block(f"From {name_of(type(tool))}:", await told(tool, asked))


async def guide(_asked: Asked) -> str:
    return files("quo_mcp.sandbox").joinpath("guide.md").read_text(encoding="utf-8")


RESOURCES = (
    Resource(
        "phone-numbers",
        "Your numbers",
        "quo://phone-numbers",
        "The account's own numbers (inboxes) and who uses each.",
        phone_numbers,
        needs=(ListPhoneNumbers,),
        fresh=60,
    ),
    Resource(
        "users",
        "Teammates",
        "quo://users",
        "The people who work in this account.",
        users,
        needs=(ListUsers,),
        fresh=60,
    ),
    Resource(
        "contact-custom-fields",
        "Custom fields",
        "quo://contact-custom-fields",
        "The custom fields that contacts can have here.",
        custom_fields,
        needs=(ListContactCustomFields,),
        fresh=60,
    ),
    Resource(
        "sandbox",
        "Guide to the sandbox",
        "quo://sandbox",
        "What is in the pretend workspace, what to try in it, and how to make it misbehave.",
        guide,
        fresh=3600,
        mime_type="text/markdown",
        sandbox_only=True,
    ),
    Resource(
        "contact",
        "A contact",
        "quo://contacts/{contact_id}",
        "Everything about one contact, custom fields included.",
        contact,
        needs=(GetContact,),
    ),
    Resource(
        "conversation",
        "A conversation",
        "quo://conversations/{conversation_id}",
        "One thread: where it stands, its latest texts and calls.",
        conversation,
        needs=(ListConversations, ListMessages),
    ),
)
"""In the order in which they are listed."""
