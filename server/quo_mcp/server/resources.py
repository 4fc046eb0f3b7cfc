"""The resources: the account's lists, a contact, a conversation, and the guide to the sandbox.

The tools produce their content. A resource is not listed if one of its tools is disabled, and it shows no more than its
tools may show.
"""

from importlib.resources import files
from typing import Any

from quo_mcp.config.settings import Settings
from quo_mcp.errors import InvalidArguments
from quo_mcp.records.record import Page
from quo_mcp.server.resource_template import ReadContext, Resource
from quo_mcp.server.tool_policy import EnabledTools
from quo_mcp.tools.base import Tool, name_of
from quo_mcp.tools.calls import ListCalls
from quo_mcp.tools.contacts import GetContact, ListContactCustomFields
from quo_mcp.tools.context import Account, ToolContext, presenter_with_names
from quo_mcp.tools.conversations import ListConversations
from quo_mcp.tools.messages import ListMessages
from quo_mcp.tools.rendering import block
from quo_mcp.tools.rendering.conversations import conversation_block
from quo_mcp.tools.resolve.arguments import resolve_arguments
from quo_mcp.tools.resolve.conversations import conversation_by_id
from quo_mcp.tools.resolve.inboxes import allowed_inboxes
from quo_mcp.tools.workspace import ListPhoneNumbers, ListUsers
from quo_mcp.values.untrusted import inline

MAX_MESSAGES, MAX_CALLS = 20, 10  # in a conversation resource
MAX_GROUP_SIZE = 10  # Quo's maximum number of participants in a filter


def enabled_resources(tools: EnabledTools, settings: Settings) -> list[Resource]:
    """Return the resources that need only enabled tools."""
    return [
        resource
        for resource in RESOURCES
        if set(resource.required_tools) <= set(tools)
        and (settings.is_sandbox or not resource.sandbox_only)
    ]


async def read_resource(uri: str, account: Account, tools: EnabledTools) -> tuple[Resource, str]:
    """Return the resource at a URI, and its text.

    Raises:
        InvalidArguments: no enabled resource has this URI.
        Refusal: the resource cannot be read.
    """
    for resource in enabled_resources(tools, account.settings):
        resource_id = resource.match(uri)
        if resource_id is not None:
            read_context = ReadContext(
                ToolContext(account), await presenter_with_names(account), tools, resource_id
            )
            text = await resource.read(read_context)
            return resource, block(text, read_context.presenter.footer())
    raise InvalidArguments(f"Resource not found: {inline(uri, 200)}.")


async def tool_text(tool: Tool[Any], read_context: ReadContext) -> str:
    """Run a tool and return the text of its result."""
    resolved_tool, _notes = await resolve_arguments(tool, read_context.context)
    return resolved_tool.render(
        await resolved_tool.run(read_context.context), read_context.presenter
    )


async def read_phone_numbers(read_context: ReadContext) -> str:
    phone_numbers = await allowed_inboxes(read_context.context.account)
    return ListPhoneNumbers().render(Page(data=phone_numbers), read_context.presenter)


async def read_users(read_context: ReadContext) -> str:
    users_by_id = await read_context.context.account.directory.users.get()
    return ListUsers().render(Page(data=list(users_by_id.values())), read_context.presenter)


async def read_custom_fields(read_context: ReadContext) -> str:
    return await tool_text(ListContactCustomFields(), read_context)


async def read_contact(read_context: ReadContext) -> str:
    # Not resolved: the URI holds an id, never a name.
    tool = GetContact(contact_id=read_context.id)
    return tool.render(await tool.run(read_context.context), read_context.presenter)


async def read_conversation(read_context: ReadContext) -> str:
    """Return a conversation's status, its latest messages and, with a single participant, its latest calls."""
    conversation = await conversation_by_id(read_context.id, read_context.context.account)
    heading = conversation_block(conversation, read_context.presenter)
    inbox, participants = conversation.phone_number_id, conversation.participants
    if len(participants) > MAX_GROUP_SIZE:
        return block(
            heading,
            f"Messages are not included: Quo lists them only for up to {MAX_GROUP_SIZE} participants.",
        )
    try:
        list_messages = ListMessages(person=list(participants), inbox=inbox, limit=MAX_MESSAGES)
        sections = [await section(list_messages, read_context)]
        if ListCalls in read_context.tools and len(participants) == 1:
            sections.append(
                await section(
                    ListCalls(person=participants[0], inbox=inbox, limit=MAX_CALLS), read_context
                )
            )
    except InvalidArguments as error:  # a short code, or a hidden number
        sections = [str(error)]
    return block(heading, *sections)


async def section(tool: Tool[Any], read_context: ReadContext) -> str:
    """Return a tool's text under the tool's name, which its pagination note refers to."""
    return block(f"From {name_of(type(tool))}:", await tool_text(tool, read_context))


async def read_sandbox_guide(_read_context: ReadContext) -> str:
    return files("quo_mcp.sandbox").joinpath("guide.md").read_text(encoding="utf-8")


RESOURCES = (
    Resource(
        "phone-numbers",
        "Your inboxes",
        "quo://phone-numbers",
        "The inboxes (Quo phone numbers) of this account, and the teammates who use each one.",
        read_phone_numbers,
        required_tools=(ListPhoneNumbers,),
        max_age=60,
    ),
    Resource(
        "users",
        "Teammates",
        "quo://users",
        "The teammates in this Quo account.",
        read_users,
        required_tools=(ListUsers,),
        max_age=60,
    ),
    Resource(
        "contact-custom-fields",
        "Custom fields",
        "quo://contact-custom-fields",
        "The custom fields that contacts in this account can have.",
        read_custom_fields,
        required_tools=(ListContactCustomFields,),
        max_age=60,
    ),
    Resource(
        "sandbox",
        "Sandbox guide",
        "quo://sandbox",
        "What the sandbox workspace contains, what to try, and how to simulate failures.",
        read_sandbox_guide,
        max_age=3600,
        mime_type="text/markdown",
        sandbox_only=True,
    ),
    Resource(
        "contact",
        "Contact",
        "quo://contacts/{contact_id}",
        "All fields of one contact, including custom fields.",
        read_contact,
        required_tools=(GetContact,),
    ),
    Resource(
        "conversation",
        "Conversation",
        "quo://conversations/{conversation_id}",
        "One conversation: its status, latest messages and latest calls.",
        read_conversation,
        required_tools=(ListConversations, ListMessages),
    ),
)
"""The resources, in the order in which they are listed."""
