"""Translates Quo's parameter names in an error into the argument names of our tools. Pure."""

import re
from typing import Final

from quo_mcp.gateway.error_body import ErrorBody

# Quo's parameter, or its path in a body, to our argument. If tools name the argument differently,
# the name used by the reading tools is listed. "id", and parameters that a tool sets itself, are left out.
ARGUMENT_NAMES: Final = {
    "activityId": "activity_id",
    "assignedTo": "assignee",
    "callId": "call_id",
    "content": "text",
    "conversationId": "conversation_id",
    "createdAfter": "since",
    "createdBefore": "until",
    "customFields": "custom_fields",
    "defaultFields.company": "company",
    "defaultFields.emails": "emails",
    "defaultFields.firstName": "first_name",
    "defaultFields.lastName": "last_name",
    "defaultFields.phoneNumbers": "phone_numbers",
    "defaultFields.role": "role",
    "description": "description",
    "dueDate": "due",
    "excludeInactive": "exclude_inactive",
    "externalId": "external_id",
    "externalIds": "external_ids",
    "from": "inbox",
    "maxResults": "limit",
    "pageToken": "page_token",
    "participants": "person",
    "phoneNumberId": "inbox",
    "phoneNumbers": "inboxes",
    "setInboxStatus": "mark_done",
    "source": "source",
    "sources": "sources",
    "taskId": "task_id",
    "title": "title",
    "to": "to",
    "updatedAfter": "updated_since",
    "updatedBefore": "updated_until",
    "userId": "user_id",
}
_MAX_HINT = 160  # characters for the list of field errors


def argument_for(path: str) -> str | None:
    """Return our argument for a path in Quo's request: `person` for `/participants/0`; None if unknown."""
    steps = [step for step in re.split("[/.]", path) if step and not step.isdigit()]
    prefixes = (".".join(steps[:end]) for end in range(len(steps), 0, -1))
    return next((ARGUMENT_NAMES[prefix] for prefix in prefixes if prefix in ARGUMENT_NAMES), None)


def hint_for(error_body: ErrorBody) -> str:
    """Return what to change about a request that Quo rejected: a sentence without its full stop."""
    if error_body.matches("page.?token") or any(
        argument_for(path) == "page_token" for path, _ in error_body.field_errors
    ):
        return (
            "page_token belongs to a call with exactly the same other arguments; leave it out to start from the "
            "beginning"
        )
    hint = ""
    for path, message in error_body.field_errors:
        item = _describe_field_error(path, message)
        if len(hint) + len(item) > _MAX_HINT:
            break
        hint += f"{'; ' if hint else ''}{item}"
    return f"Change {hint or 'what it complains of'}, then call again"


def _describe_field_error(path: str, message: str) -> str:
    name = argument_for(path)
    quote = ": ".join(filter(None, [path if name is None else "", message]))
    return " ".join(filter(None, [name and f"“{name}”", quote and f"«{quote}»"]))
