"""A call of every tool that a server lists, with arguments read off earlier results, as an agent would."""

import re

GIVEN = {
    "person": "Jane Whitaker",
    "inbox": "Front Desk",
    "text": "See you on Friday.",
    "query": "Jane Whitaker",
    "first_name": "Ada",
    "title": "Call back",
    "url": "https://example.com/hook",
}
GIVEN_TO = {  # what a single tool needs otherwise, or needs besides what it requires
    "quo_get_phone_number": {"inbox": "Front Desk"},
    "quo_create_task": {"person": "Jane Whitaker"},
    "quo_update_contact": {"role": "Homeowner"},
    "quo_update_task": {"done": True},
    "quo_send_group_message": {"to": ["Jane Whitaker", "Rosa Delgado"], "inbox": "Front Desk"},
    "quo_send_message": {"to": "Jane Whitaker"},
    "quo_list_messages": {"person": ["Jane Whitaker"]},
}
IDS = {  # where an id is read off, and what it looks like
    "user_id": ("quo_list_users", r"\bUS\w+"),
    "message_id": ("quo_list_messages", r"\bAC\w+"),
    "call_id": ("quo_list_calls", r"\bAC\w+"),
    "conversation_id": ("quo_list_conversations", r"\bCN\w+"),
    "contact_id": ("quo_find_contacts", r"\b[0-9a-f]{24}\b"),
    "task_id": ("quo_list_tasks", r"\bTK\w+"),
    "connection_id": ("quo_list_connections", r"\b[0-9a-f-]{36}\b"),
    "webhook_id": ("quo_create_webhook", r"\bWH\w+"),
}
# Lists come before what is read off them, and what is made before what is taken away.
TURNS = ("list", "find", "create", "send", "get", "mark", "update", "delete")


def turn(tool):
    verb = tool.name.split("_")[1]
    return (TURNS.index(verb) if verb in TURNS else len(TURNS) - 2, tool.name)


def arguments(tool, results, send_id):
    """What to give a tool: all that it needs, and no more."""
    found = dict(GIVEN_TO.get(tool.name, {}))
    for name in set(tool.input_schema.get("required", [])) - found.keys():
        schema = tool.input_schema["properties"][name]
        if name == "send_id":
            found[name] = send_id()
        elif name in IDS:
            source, form = IDS[name]
            if tool.name.startswith("quo_delete_"):  # only what the tour itself has made
                source = tool.name.replace("_delete_", "_create_")
            found[name] = re.search(form, results[source])[0]
        elif name in GIVEN:
            found[name] = GIVEN[name]
        elif "enum" in schema:
            found[name] = schema["enum"][0]
        else:
            found[name] = [schema["items"]["enum"][0]]
    return found


async def tour(client, send_id):
    """The result of each tool, by name; and what failed.

    send_id: finds the id of a send in the journal; no result needs to show one of a text that went out.
    """
    results, failed = {}, []
    for tool in sorted((await client.list_tools()).tools, key=turn):
        given = arguments(tool, results, send_id)
        result = await client.call_tool(tool.name, given)
        (block,) = result.content
        results[tool.name] = block.text
        if result.is_error:
            failed.append(f"{tool.name}({given}): {block.text}")
    return results, failed
