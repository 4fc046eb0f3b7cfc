"""Calls, and what is left of them: recordings, voicemails, summaries, transcripts. All read only."""

from quo_mcp.sandbox.error_responses import not_found, quo_error
from quo_mcp.sandbox.http import Refused, Reply, Request
from quo_mcp.sandbox.paging import page
from quo_mcp.sandbox.request_validation import NUMBER, USER, Query, place
from quo_mcp.sandbox.state import World

CALLS, SUMMARIES, TRANSCRIPTS, RECORDINGS, VOICEMAILS = "01", "05", "06", "09", "12"


def list_calls(world: World, request: Request) -> Reply:
    """With no user named the list is what the workspace's owner may see: nothing, on others' numbers."""
    query = Query(request, CALLS)
    inbox = query.one("phoneNumberId", NUMBER, required=True)
    people = query.many("participants", required=True)
    user = query.one("userId", USER)
    after = query.time("createdAfter")
    since, before = query.time("since"), query.time("createdBefore")
    size, token = query.whole("maxResults", 1, 100), query.one("pageToken")
    if len(people) > 1:
        message, code = "Calls can be listed for one participant only", "0101400"
        raise Refused(quo_error(400, CALLS, message, code=code, title="Too Many Participants"))
    query.settled()
    number, end = world.number(inbox or "", CALLS), before or since
    world.require_member(number, user, "0101403")
    seen = (user or world.owner) in {member["id"] for member in number["users"]}
    found = [
        call
        for call in world.calls.values()
        if seen
        and call["phoneNumberId"] == number["id"]
        and people[0] in call["participants"]
        and (after is None or call["createdAt"] > after)
        and (end is None or call["createdAt"] < end)
    ]
    newest_first = sorted(found, key=lambda call: call["createdAt"], reverse=True)
    return Reply.of(page(newest_first, request, query, size=size, token=token))


def get_call(world: World, request: Request) -> Reply:
    call = world.calls.get(place(request, CALLS, "callId", "AC"))
    if call is None:
        raise not_found(CALLS, "Call")
    return Reply.of({"data": call})


def list_recordings(world: World, request: Request) -> Reply:
    call = place(request, RECORDINGS, "callId", "AC")
    if call not in world.calls:
        raise not_found(RECORDINGS, "Call")
    return Reply.of({"data": world.recordings.get(call, [])})


def get_summary(world: World, request: Request) -> Reply:
    summary = world.summaries.get(place(request, SUMMARIES, "callId", "AC"))
    if summary is None:
        raise not_found(SUMMARIES, "Call summary")
    return Reply.of({"data": summary})


def get_transcript(world: World, request: Request) -> Reply:
    transcript = world.transcripts.get(place(request, TRANSCRIPTS, "id", "AC"))
    if transcript is None:
        raise not_found(TRANSCRIPTS, "Call transcript")
    return Reply.of({"data": transcript})


def get_voicemail(world: World, request: Request) -> Reply:
    voicemail = world.voicemails.get(place(request, VOICEMAILS, "callId", "AC"))
    if voicemail is None:
        raise not_found(VOICEMAILS, "Voicemail")
    return Reply.of({"data": voicemail})


ROUTES = {
    ("GET", "calls"): list_calls,
    ("GET", "calls/{callId}"): get_call,
    ("GET", "call-recordings/{callId}"): list_recordings,
    ("GET", "call-summaries/{callId}"): get_summary,
    ("GET", "call-transcripts/{id}"): get_transcript,
    ("GET", "call-voicemails/{callId}"): get_voicemail,
}
