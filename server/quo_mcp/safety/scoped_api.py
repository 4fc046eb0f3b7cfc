"""A Quo API client that is limited to the inboxes and new numbers that the settings allow.

Every request and reply of every tool passes through it, in wire format. So no tool can bypass the
scope, and records fetched by id are checked like listed ones.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic_core import to_json

from quo_mcp.directory.conversation_scan import PAGE_SIZE, ConversationScan
from quo_mcp.errors import NotFound, PolicyRefusal
from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.decoding import UnreadableReply, parse_json
from quo_mcp.gateway.request import Query
from quo_mcp.gateway.transport import Reply
from quo_mcp.records.workspace import PhoneNumber
from quo_mcp.safety.opt_out_field import OptOutField
from quo_mcp.values import phone_numbers

MAX_PAGES = 10  # of conversations, searched before one is updated
OUT_OF_SCOPE = (
    "Not done: this item is on an inbox that this server may not use, or its inbox is unknown. "
    "Only a person can allow more inboxes, with QUO_MCP_INBOXES."
)
BEYOND_SEARCHED_PAGES = (
    f"Not done: this conversation is not among the latest {MAX_PAGES * PAGE_SIZE:,} on the allowed inboxes, and this server does not "
    "search further back. A person can do it in the Quo app, or allow all inboxes with QUO_MCP_INBOXES."
)
NEW_NUMBER = (
    "Not done: this server texts only known people, and adding a new number to a contact would make that number known. "
    "A person can add it in the Quo app, or change QUO_MCP_RECIPIENTS."
)
MARKED = (
    "Not done: this contact is marked as opted out of texts, and this would remove the mark or a number. Only a person can do that, "
    "in the Quo app."
)
# Records with an inbox id, and records of a call, which has one.
INBOX_RESOURCES = {"messages", "calls", "conversations", "tasks"}
CALL_ARTIFACTS = {"call-recordings", "call-summaries", "call-transcripts", "call-voicemails"}


def select_inboxes(inboxes: Iterable[PhoneNumber], setting: Iterable[str]) -> list[PhoneNumber]:
    """Return the inboxes that QUO_MCP_INBOXES names by id or number; all if it is empty."""
    inboxes = list(inboxes)
    region = phone_numbers.default_region(inbox.number for inbox in inboxes)
    wanted = {phone_numbers.parse(entry, region) or entry for entry in setting}
    return [inbox for inbox in inboxes if not wanted or {inbox.id, inbox.number} & wanted]


class ScopedApi(ApiClient):
    """Quo's API within the scope.

    inboxes: returns the ids of the allowed inboxes; None if all are allowed.
    is_known: returns whether a number is known; None if unknown numbers may be texted.
    opt_out_field: the mark of contacts that must not be removed, if any.
    """

    def __init__(
        self,
        api: ApiClient,
        *,
        inboxes: Callable[[], Awaitable[frozenset[str]]] | None,
        is_known: Callable[[str], Awaitable[bool]] | None,
        opt_out_field: OptOutField | None = None,
    ) -> None:
        super().__init__(self._send_in_scope, api.peer)
        self._unscoped = api.send
        self._inboxes = inboxes
        self._is_known = is_known
        self._opt_out_field = opt_out_field

    async def _send_in_scope(
        self, method: str, segments: tuple[str, ...], query: Query | None, body: object
    ) -> Reply:
        fields: dict[str, Any] = body if isinstance(body, dict) else {}
        if self._is_known and segments[0] == "contacts" and method in {"POST", "PATCH"}:
            await self._check_new_numbers(segments, fields, self._is_known)
        if self._opt_out_field and segments[0] == "contacts" and method in {"PATCH", "DELETE"}:
            await self._check_mark(segments, fields, self._opt_out_field)
        if self._inboxes is None:
            return await self._unscoped(method, segments, query, body)
        allowed = await self._inboxes()
        query = _limit_query(segments, query, allowed) if method == "GET" else query
        await self._check_request(method, segments, fields, allowed)
        reply = await self._unscoped(method, segments, query, body)
        return _filter_reply(segments, reply, allowed) if method == "GET" else reply

    async def _check_request(
        self,
        method: str,
        segments: tuple[str, ...],
        body: Mapping[str, Any],
        allowed: frozenset[str],
    ) -> None:
        """Check writes, and reads of call artifacts, whose reply has no inbox.

        Raises:
            PolicyRefusal: the request is out of scope.
        """
        resource, *rest = segments
        if resource in CALL_ARTIFACTS and rest:
            await self._check_by_id(("calls",), rest[0], allowed)
        if method == "GET":
            return
        if (
            resource in {"tasks", "webhooks"}
            and rest
            and (resource, method) != ("webhooks", "POST")
        ):
            await self._check_by_id((resource,), rest[0], allowed)
        if resource == "webhooks" and method == "POST":
            _require_allowed(body.get("resourceIds"), allowed)
        if resource == "conversations" and rest:
            await self._check_conversation(rest[0], allowed)
        for field in ("from", "phoneNumberId"):
            if body.get(field) is not None:
                _require_allowed([body[field]], allowed)
        if body.get("conversationId"):
            await self._check_conversation(body["conversationId"], allowed)
        if body.get("activityId"):
            await self._check_by_id(("messages", "calls"), body["activityId"], allowed)

    async def _check_by_id(
        self, resources: Sequence[str], record_id: str, allowed: frozenset[str]
    ) -> None:
        """Fetch the record with this id, from the first resource that has it, and check its inbox."""
        for resource in resources:
            try:
                reply = await self._unscoped("GET", (resource, record_id), None, None)
            except NotFound:
                if resource == resources[-1]:
                    raise
                continue
            document = _document(reply)
            if not _in_scope(resource, document.get("data", document), allowed):
                raise PolicyRefusal(OUT_OF_SCOPE)
            return

    async def _check_conversation(self, conversation_id: str, allowed: frozenset[str]) -> None:
        """Search the allowed inboxes for a conversation, since Quo cannot fetch one by id."""
        scan = ConversationScan(
            ApiClient(self._unscoped), max_pages=MAX_PAGES, inboxes=sorted(allowed)
        )
        async for conversation in scan:
            if conversation.id == conversation_id and conversation.phone_number_id in allowed:
                return
        raise PolicyRefusal(OUT_OF_SCOPE if scan.complete else BEYOND_SEARCHED_PAGES)

    async def _check_mark(
        self, segments: tuple[str, ...], body: Mapping[str, Any], field: OptOutField
    ) -> None:
        """Check that a write takes neither the mark nor a number from a contact that is marked as opted out.

        Quo deletes the custom fields that a change leaves out.
        """
        reply = await self._unscoped("GET", segments, None, None)
        contact = _document(reply).get("data")
        if not isinstance(contact, dict) or not field.marks_contact(contact):
            return
        stays_marked = field.marks_contact(_with_names(body, contact))
        if not stays_marked or _phone_numbers(contact) - _phone_numbers(body):
            raise PolicyRefusal(MARKED)

    async def _check_new_numbers(
        self,
        segments: tuple[str, ...],
        body: Mapping[str, Any],
        is_known: Callable[[str], Awaitable[bool]],
    ) -> None:
        """Check that a write adds no unknown number to a contact, since that would make the number known."""
        new_numbers = _phone_numbers(body)
        if new_numbers and len(segments) > 1:
            reply = await self._unscoped("GET", segments, None, None)
            new_numbers -= _phone_numbers(_document(reply).get("data"))
        for number in new_numbers:
            if not await is_known(number):
                raise PolicyRefusal(NEW_NUMBER)


def _limit_query(
    segments: tuple[str, ...], query: Query | None, allowed: frozenset[str]
) -> Query | None:
    """Limit a list query to the allowed inboxes. Conversations default to all of them."""
    parameters: dict[str, Any] = dict(query or {})
    if len(segments) == 1 and segments[0] in {"messages", "calls"}:
        _require_allowed([parameters.get("phoneNumberId")], allowed)
    if segments == ("conversations",):
        parameters["phoneNumbers"] = parameters.get("phoneNumbers") or sorted(allowed)
        _require_allowed(parameters["phoneNumbers"], allowed)
    return parameters or None


def _filter_reply(segments: tuple[str, ...], reply: Reply, allowed: frozenset[str]) -> Reply:
    """Remove out-of-scope records from a list reply; refuse a reply of one out-of-scope record."""
    resource = segments[0]
    if resource not in {*INBOX_RESOURCES, "phone-numbers", "webhooks"}:
        return reply
    document = _document(reply)
    if not document:
        return reply  # the caller reports the unreadable reply
    data = document.get("data", document)
    if isinstance(data, list):
        in_scope = [item for item in data if _in_scope(resource, item, allowed)]
        if len(in_scope) == len(data):
            return reply
        return replace(reply, body=to_json({**document, "data": in_scope}))
    if not _in_scope(resource, data, allowed):
        raise PolicyRefusal(OUT_OF_SCOPE)
    return reply


def _in_scope(resource: str, record: object, allowed: frozenset[str]) -> bool:
    if not isinstance(record, dict):
        return False
    if resource == "webhooks":
        inbox_ids = record.get("resourceIds")
        return (
            isinstance(inbox_ids, list)
            and bool(inbox_ids)
            and all(_is_allowed(inbox_id, allowed) for inbox_id in inbox_ids)
        )
    return _is_allowed(
        record.get("id" if resource == "phone-numbers" else "phoneNumberId"), allowed
    )


def _is_allowed(inbox_id: object, allowed: frozenset[str]) -> bool:
    return isinstance(inbox_id, str) and inbox_id in allowed


def _require_allowed(inbox_ids: object, allowed: frozenset[str]) -> None:
    if (
        not isinstance(inbox_ids, list)
        or not inbox_ids
        or not all(_is_allowed(inbox_id, allowed) for inbox_id in inbox_ids)
    ):
        raise PolicyRefusal(OUT_OF_SCOPE)


def _document(reply: Reply) -> dict[str, Any]:
    """Return the JSON object of a reply, or an empty one if it cannot be parsed."""
    try:
        document = parse_json(reply.body)
    except UnreadableReply:
        document = None
    return document if isinstance(document, dict) else {}


def _with_names(body: Mapping[str, Any], contact: Mapping[str, Any]) -> dict[str, Any]:
    """Return a change of a contact, with the names of the custom fields that it gives by key or id."""
    items = contact.get("customFields")
    names = {
        item.get(label): item.get("name")
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict)
        for label in ("key", "id")
    }
    changes = body.get("customFields")
    return {
        "customFields": [
            {"name": names.get(item.get("key")) or names.get(item.get("id")), **item}
            for item in (changes if isinstance(changes, list) else ())
            if isinstance(item, dict)
        ]
    }


def _phone_numbers(contact: object) -> set[str]:
    """Return the phone numbers of a contact in wire format."""
    fields = contact.get("defaultFields") if isinstance(contact, dict) else None
    entries = fields.get("phoneNumbers") if isinstance(fields, dict) else None
    if not isinstance(entries, list):
        return set()
    return {str(entry.get("value")) for entry in entries if isinstance(entry, dict)}
