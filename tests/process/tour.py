"""Call every tool that a server lists, with ids taken from earlier results, as an agent would."""

import re

ARGUMENTS = {
    "person": "Jane Whitaker",
    "inbox": "Front Desk",
    "text": "See you on Friday.",
    "query": "Jane Whitaker",
    "first_name": "Ada",
    "title": "Call back",
    "url": "https://example.com/hook",
}
TOOL_ARGUMENTS = {  # arguments of single tools, in addition to or instead of ARGUMENTS
    "quo_get_phone_number": {"inbox": "Front Desk"},
    "quo_create_task": {"person": "Jane Whitaker"},
    "quo_update_contact": {"role": "Homeowner"},
    "quo_update_task": {"done": True},
    "quo_send_group_message": {"to": ["Jane Whitaker", "Rosa Delgado"], "inbox": "Front Desk"},
    "quo_send_message": {"to": "Jane Whitaker"},
    "quo_add_opt_out": {"person": "Rosa Delgado", "reason": "She asked for calls only."},
    "quo_list_messages": {"person": ["Jane Whitaker"]},
}
IDS = {  # the tool whose result shows such an id, and the pattern of the id
    "user_id": ("quo_list_users", r"\bUS\w+"),
    "teammate": ("quo_list_users", r"\bUS\w+"),
    "as_user": ("quo_list_users", r"\bUS\w+"),
    "message_id": ("quo_list_messages", r"\bAC\w+"),
    "call_id": ("quo_list_calls", r"\bAC\w+"),
    "conversation": ("quo_list_conversations", r"\bCN\w+"),
    "contact_id": ("quo_find_contacts", r"\b[0-9a-f]{24}\b"),
    "task_id": ("quo_list_tasks", r"\bTK\w+"),
    "connection_id": ("quo_list_connections", r"\b[0-9a-f-]{36}\b"),
    "webhook_id": ("quo_create_webhook", r"\bWH\w+"),
}
# Lists run before the tools that need their ids, and creations before deletions.
VERB_ORDER = ("list", "find", "create", "send", "get", "mark", "update", "delete")


def run_order(tool):
    verb = tool.name.split("_")[1]
    return (VERB_ORDER.index(verb) if verb in VERB_ORDER else len(VERB_ORDER) - 2, tool.name)


def arguments(tool, results, send_id):
    """Return the required arguments of a tool."""
    values = dict(TOOL_ARGUMENTS.get(tool.name, {}))
    for name in set(tool.input_schema.get("required", [])) - values.keys():
        schema = tool.input_schema["properties"][name]
        if name == "send_id":
            values[name] = send_id()
        elif name in IDS:
            source, pattern = IDS[name]
            if tool.name.startswith("quo_delete_"):  # delete only what this tour created
                source = tool.name.replace("_delete_", "_create_")
            values[name] = re.search(pattern, results[source])[0]
        elif name in ARGUMENTS:
            values[name] = ARGUMENTS[name]
        elif "enum" in schema:
            values[name] = schema["enum"][0]
        else:
            values[name] = [schema["items"]["enum"][0]]
    return values


async def tour(client, send_id):
    """Call every tool. Return the results by tool name, and the failures.

    send_id: returns the id of a send in the journal, because the result of a sent text does not show it.
    """
    results, failed = {}, []
    for tool in sorted((await client.list_tools()).tools, key=run_order):
        values = arguments(tool, results, send_id)
        result = await client.call_tool(tool.name, values)
        (block,) = result.content
        results[tool.name] = block.text
        if result.is_error:
            failed.append(f"{tool.name}({values}): {block.text}")
    return results, failed
