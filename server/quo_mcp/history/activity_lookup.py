"""Lookup of a message or call by id. Both have ids of the form AC…, and a conversation's `lastActivityId` may be either."""

from typing import TypeVar

from quo_mcp.errors import NotFound, Refusal
from quo_mcp.gateway import ApiClient
from quo_mcp.records.record import Record

Reply = TypeVar("Reply", bound=Record)

# The requested resource: the other resource with the same form of id, and the tool that shows it.
OTHER_RESOURCE = {
    "messages": ("calls", "a call's id: quo_get_call shows it"),
    "calls": ("messages", "a message's id: quo_get_message shows it"),
}


async def fetch_activity(
    api: ApiClient, reply_type: type[Reply], resource: str, activity_id: str
) -> Reply:
    """Fetch a message or a call.

    resource: "messages" or "calls".

    Raises:
        NotFound: the id is unknown, or it belongs to the other resource; the error then names the tool for that.
    """
    try:
        return await api.get(reply_type, resource, activity_id)
    except NotFound as error:
        other_resource, description = OTHER_RESOURCE[resource]
        if error.source == "quo" and await exists(api, other_resource, activity_id):
            raise NotFound(f"{activity_id} is {description}.", status=error.status) from None
        raise


async def exists(api: ApiClient, resource: str, activity_id: str) -> bool:
    """Whether the resource has this id; False if Quo could not be asked."""
    try:
        await api.get(Record, resource, activity_id)
    except Refusal:
        return False
    return True
