"""Texts: sent to one person or to a group, listed by thread, looked up."""

import re

from quo_mcp.sandbox.delivery import send
from quo_mcp.sandbox.error_responses import not_found, quo_error
from quo_mcp.sandbox.http import Json, Refused, Reply, Request, iso
from quo_mcp.sandbox.paging import page
from quo_mcp.sandbox.request_validation import E164, NUMBER, USER, Body, Query, place
from quo_mcp.sandbox.state import World

RESOURCE = "02"
NOT_A_USER = "0202403"


def list_messages(world: World, request: Request) -> Reply:
    query = Query(request, RESOURCE)
    inbox = query.one("phoneNumberId", NUMBER, required=True)
    people = query.many("participants", E164, at_most=10, required=True)
    user = query.one("userId", USER)
    after = query.time("createdAfter")
    since, before = query.time("since"), query.time("createdBefore")
    size, token = query.whole("maxResults", 1, 100), query.one("pageToken")
    query.settled()
    number = world.number(inbox or "", RESOURCE)
    world.require_member(number, user, NOT_A_USER)
    thread = world.thread(number["id"], people)
    now, end = iso(world.now()), before or since
    found = [
        message
        for message in world.messages.values()
        if thread is not None
        and message["conversationId"] == thread["id"]
        and (after is None or message["createdAt"] > after)
        and (end is None or message["createdAt"] < end)
        and world.listed_from.get(message["id"], "") <= now
    ]
    newest_first = sorted(found, key=lambda message: message["createdAt"], reverse=True)
    return Reply.of(page(newest_first, request, query, size=size, token=token))


def get_message(world: World, request: Request) -> Reply:
    message = world.messages.get(place(request, RESOURCE, "id", "AC"))
    if message is None:
        raise not_found(RESOURCE, "Message")
    return Reply.of({"data": message})


def send_message(world: World, request: Request) -> Reply:
    body = Body(request, RESOURCE)
    content = body.text("content", r"(?s).*\S.*", required=True, at_least=1, at_most=1600)
    sender = body.text("from", rf"{NUMBER}|{E164}", required=True)
    user = body.text("userId", USER)
    body.text("phoneNumberId", NUMBER)
    done = body.text("setInboxStatus", "done")
    people = _recipients(body)
    body.settled()
    number = world.number(sender or "", RESOURCE)
    world.require_member(number, user, NOT_A_USER)
    for person in people:
        _may_reach(number, person)
    message = send(world, number, people, content or "", user or world.keeper(number))
    if done:
        world.finish(world.conversations[message["conversationId"]], world.now())
    return Reply.of({"data": message}, 202)


def _recipients(body: Body) -> list[str]:
    """One to ten, each once. The contract takes any short string too; only E.164 can be reached."""
    given = body.items("to", required=True)
    if "to" in body.given and not 1 <= len(given) <= 10:
        message = "Expected array length between 1 and 10"
        body.complain("to", message, given, type="array", minItems=1, maxItems=10)
    for i, person in enumerate(given):
        body.match(f"to/{i}", person, E164)
    return list(dict.fromkeys(person for person in given if isinstance(person, str)))


def _may_reach(number: Json, person: str) -> None:
    if person == number["number"]:
        raise Refused(quo_error(400, RESOURCE, "Cannot send a message to the sending number"))
    abroad = not re.fullmatch(r"\+1[0-9]{10}", person)
    if abroad and number["restrictions"]["messaging"]["Intl"] == "restricted":
        raise Refused(quo_error(403, RESOURCE, "International messaging is off for this number"))


ROUTES = {
    ("GET", "messages"): list_messages,
    ("POST", "messages"): send_message,
    ("GET", "messages/{id}"): get_message,
}
