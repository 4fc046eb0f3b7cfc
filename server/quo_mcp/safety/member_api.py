"""Quo's API as one teammate: what is read is limited to their access, and what is written carries their id."""

from quo_mcp.errors import PolicyRefusal
from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.request import Query
from quo_mcp.gateway.transport import Reply
from quo_mcp.safety.scoped_api import OUT_OF_SCOPE

OUT_OF_ACCESS = (
    "Not done: this item is on an inbox that you may not use, or its inbox is unknown. An administrator can add you to an inbox in "
    "the Quo app."
)
# Lists that Quo limits to what a user may see, and the field that names who wrote something.
LISTS_BY_USER = {"messages", "calls", "conversations"}
AUTHOR_FIELDS = {"messages": "userId", "contacts": "createdByUserId"}


class MemberApi(ApiClient):
    """Quo's API as a teammate. A request that names another teammate is changed to name this one.

    api: the API within the inboxes of the teammate.
    may_act_as_others: keep the teammate that a request names.
    """

    def __init__(self, api: ApiClient, user_id: str, *, may_act_as_others: bool = False) -> None:
        super().__init__(self._send_as_member, api.peer)
        self._in_scope = api.send
        self._user_id = user_id
        self._may_act_as_others = may_act_as_others

    async def _send_as_member(
        self, method: str, segments: tuple[str, ...], query: Query | None, body: object
    ) -> Reply:
        resource, is_list = segments[0], len(segments) == 1
        if method == "GET" and is_list and resource in LISTS_BY_USER:
            parameters = dict(query or {})
            query = parameters | {"userId": self._user(parameters.get("userId"))}
        field = AUTHOR_FIELDS.get(resource)
        if method == "POST" and is_list and field and isinstance(body, dict):
            body = body | {field: self._user(body.get(field))}
        try:
            return await self._in_scope(method, segments, query, body)
        except PolicyRefusal as refusal:
            if str(refusal) == OUT_OF_SCOPE:
                raise PolicyRefusal(OUT_OF_ACCESS) from None
            raise

    def _user(self, named: object) -> str:
        return named if self._may_act_as_others and isinstance(named, str) else self._user_id
