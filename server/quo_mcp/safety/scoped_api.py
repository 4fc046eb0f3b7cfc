"""What tools may touch at Quo, where a setting bounds it: some inboxes only, or people known only.

Every request of every tool passes here, and every reply, as they go over the wire; so no tool can
forget a bound, and what it finds by id is bound like what it lists.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic_core import to_json

from quo_mcp.errors import Forbidden, NotFound
from quo_mcp.gateway import Plane
from quo_mcp.gateway.decoding import Unreadable, parsed
from quo_mcp.gateway.request import Query
from quo_mcp.gateway.transport import Reply
from quo_mcp.records.workspace import PhoneNumber
from quo_mcp.values import phone_numbers

PAGE = 100
PAGES = 10  # of threads, that are searched for one before it is marked
ELSEWHERE = (
    "Not done: that is on an inbox which this server may not use, or it does not say on which it is. "
    "Only a person can allow more, with QUO_MCP_INBOXES."
)
TOO_FAR_BACK = (
    f"Not done: that conversation is not among the latest {PAGES * PAGE:,} of the inboxes that this server may use, and "
    "further back it does not look. A person can do it in the Quo app, or allow all inboxes with QUO_MCP_INBOXES."
)
UNKNOWN = (
    "Not done: this server texts only people it knows, and a new number on a contact would make somebody known. A person can "
    "add it in the Quo app, or change QUO_MCP_RECIPIENTS."
)
# What is on one inbox and says so, or belongs to a call that does.
PLACED = {"messages", "calls", "conversations", "tasks"}
OF_A_CALL = {"call-recordings", "call-summaries", "call-transcripts", "call-voicemails"}


def allowed(own: Iterable[PhoneNumber], named: Iterable[str]) -> list[PhoneNumber]:
    """Those of the account's numbers that the setting names, by id or number; all where it names none."""
    own = list(own)
    home = phone_numbers.default_region(each.number for each in own)
    wanted = {phone_numbers.parse(each, home) or each for each in named}
    return [each for each in own if not wanted or {each.id, each.number} & wanted]


class Bounded(Plane):
    """Quo's API within the bounds.

    inboxes: the ids of the inboxes that may be used, or None where all may.
    known: whether somebody may be texted for being known, or None where that is not asked.
    """

    def __init__(
        self,
        plane: Plane,
        *,
        inboxes: Callable[[], Awaitable[frozenset[str]]] | None,
        known: Callable[[str], Awaitable[bool]] | None,
    ) -> None:
        super().__init__(self._within)
        self._open = plane.ask
        self._inboxes = inboxes
        self._known = known

    async def _within(
        self, method: str, segments: tuple[str, ...], query: Query | None, body: object
    ) -> Reply:
        given: dict[str, Any] = body if isinstance(body, dict) else {}
        if self._known and segments[0] == "contacts" and method in {"POST", "PATCH"}:
            await self._nobody_new(segments, given, self._known)
        if self._inboxes is None:
            return await self._open(method, segments, query, body)
        mine = await self._inboxes()
        query = _narrowed(segments, query, mine) if method == "GET" else query
        await self._before(method, segments, given, mine)
        reply = await self._open(method, segments, query, body)
        return _after(segments, reply, mine) if method == "GET" else reply

    async def _before(
        self, method: str, segments: tuple[str, ...], body: Mapping[str, Any], mine: frozenset[str]
    ) -> None:
        """Refuses a request about what is elsewhere: a write before it is made, what a call left behind."""
        what, *rest = segments
        if what in OF_A_CALL and rest:
            await self._is_mine(("calls",), rest[0], mine)
        if method == "GET":
            return
        if what in {"tasks", "webhooks"} and rest and (what, method) != ("webhooks", "POST"):
            await self._is_mine((what,), rest[0], mine)
        if what == "webhooks" and method == "POST":
            _all_mine(body.get("resourceIds"), mine)
        if what == "conversations" and rest:
            await self._thread_is_mine(rest[0], mine)
        for field in ("from", "phoneNumberId"):
            if body.get(field) is not None:
                _all_mine([body[field]], mine)
        if body.get("conversationId"):
            await self._thread_is_mine(body["conversationId"], mine)
        if body.get("activityId"):
            await self._is_mine(("messages", "calls"), body["activityId"], mine)

    async def _is_mine(self, kinds: Sequence[str], id_: str, mine: frozenset[str]) -> None:
        """Asks for a thing, of the first kind that there is of that id, to see where it is."""
        for kind in kinds:
            try:
                reply = await self._open("GET", (kind, id_), None, None)
            except NotFound:
                if kind == kinds[-1]:
                    raise
                continue
            found = _document(reply)
            if not _is_here(kind, found.get("data", found), mine):
                raise Forbidden(ELSEWHERE)
            return

    async def _thread_is_mine(self, thread: str, mine: frozenset[str]) -> None:
        """There is no asking Quo for one thread, so those of the inboxes are looked through."""
        token: str | None = None
        for _ in range(PAGES):
            query: Query = {"phoneNumbers": sorted(mine), "maxResults": PAGE, "pageToken": token}
            reply = await self._open("GET", ("conversations",), query, None)
            page = _document(reply)
            listed = page.get("data")
            here = [
                each
                for each in (listed if isinstance(listed, list) else ())
                if _is_here("conversations", each, mine)
            ]
            if any(each.get("id") == thread for each in here):
                return
            token = page.get("nextPageToken")
            if not token or not isinstance(token, str):
                raise Forbidden(ELSEWHERE)
        raise Forbidden(TOO_FAR_BACK)

    async def _nobody_new(
        self,
        segments: tuple[str, ...],
        body: Mapping[str, Any],
        known: Callable[[str], Awaitable[bool]],
    ) -> None:
        """A contact counts as known, so a call must not be what makes somebody one."""
        given = _phones(body)
        if given and len(segments) > 1:
            reply = await self._open("GET", segments, None, None)
            given -= _phones(_document(reply).get("data"))
        for number in given:
            if not await known(number):
                raise Forbidden(UNKNOWN)


def _narrowed(segments: tuple[str, ...], query: Query | None, mine: frozenset[str]) -> Query | None:
    """A list's query within the inboxes; threads are listed over all of them where it names none."""
    asked: dict[str, Any] = dict(query or {})
    if len(segments) == 1 and segments[0] in {"messages", "calls"}:
        _all_mine([asked.get("phoneNumberId")], mine)
    if segments == ("conversations",):
        asked["phoneNumbers"] = asked.get("phoneNumbers") or sorted(mine)
        _all_mine(asked["phoneNumbers"], mine)
    return asked or None


def _after(segments: tuple[str, ...], reply: Reply, mine: frozenset[str]) -> Reply:
    """The reply without what is elsewhere; refused where it is about one thing, and that is."""
    what = segments[0]
    if what not in {*PLACED, "phone-numbers", "webhooks"}:
        return reply
    document = _document(reply)
    if not document:
        return reply  # whoever asked says what is wrong with it
    data = document.get("data", document)
    if isinstance(data, list):
        kept = [each for each in data if _is_here(what, each, mine)]
        if len(kept) == len(data):
            return reply
        return replace(reply, body=to_json({**document, "data": kept}))
    if not _is_here(what, data, mine):
        raise Forbidden(ELSEWHERE)
    return reply


def _is_here(what: str, thing: object, mine: frozenset[str]) -> bool:
    if not isinstance(thing, dict):
        return False
    if what == "webhooks":
        watched = thing.get("resourceIds")
        return (
            isinstance(watched, list) and bool(watched) and all(_in(each, mine) for each in watched)
        )
    return _in(thing.get("id" if what == "phone-numbers" else "phoneNumberId"), mine)


def _in(named: object, mine: frozenset[str]) -> bool:
    return isinstance(named, str) and named in mine


def _all_mine(named: object, mine: frozenset[str]) -> None:
    if not isinstance(named, list) or not named or not all(_in(each, mine) for each in named):
        raise Forbidden(ELSEWHERE)


def _document(reply: Reply) -> dict[str, Any]:
    """The reply's object; one that cannot be read says nothing of where it belongs."""
    try:
        found = parsed(reply.body)
    except Unreadable:
        found = None
    return found if isinstance(found, dict) else {}


def _phones(contact: object) -> set[str]:
    """The numbers of a contact, as it goes over the wire."""
    fields = contact.get("defaultFields") if isinstance(contact, dict) else None
    listed = fields.get("phoneNumbers") if isinstance(fields, dict) else None
    if not isinstance(listed, list):
        return set()
    return {str(each.get("value")) for each in listed if isinstance(each, dict)}
