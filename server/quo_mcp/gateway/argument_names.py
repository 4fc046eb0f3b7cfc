"""What Quo complains of, by the names that whoever called a tool knows. Pure."""

import re
from typing import Final

from quo_mcp.gateway.error_body import Complaint

# Quo's parameter, or its place in a body, to the argument of ours that fills it. Where tools call it
# by several names, that of the reading ones; "id" and what a tool fills in by itself are not here.
ARGUMENTS: Final = {
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
_ROOM = 160  # characters for what is to be changed


def argument(path: str) -> str | None:
    """The argument behind a path of Quo's: `/participants/0` is person; None where it is not known."""
    steps = [each for each in re.split("[/.]", path) if each and not each.isdigit()]
    places = (".".join(steps[:end]) for end in range(len(steps), 0, -1))
    return next((ARGUMENTS[place] for place in places if place in ARGUMENTS), None)


def mending(said: Complaint) -> str:
    """What to do about a request that Quo refused: a sentence without its full stop."""
    if said.says("page.?token") or any(argument(path) == "page_token" for path, _ in said.faults):
        return (
            "page_token belongs to a call with exactly the same other arguments; leave it out to start from the "
            "beginning"
        )
    listed = ""
    for each in said.faults:
        shown = _shown(*each)
        if len(listed) + len(shown) > _ROOM:
            break
        listed += f"{'; ' if listed else ''}{shown}"
    return f"Change {listed or 'what it complains of'}, then call again"


def _shown(path: str, wrong: str) -> str:
    name = argument(path)
    quoted = ": ".join(filter(None, [path if name is None else "", wrong]))
    return " ".join(filter(None, [name and f"“{name}”", quoted and f"«{quoted}»"]))
