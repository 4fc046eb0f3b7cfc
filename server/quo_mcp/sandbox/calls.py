"""The routes of calls and their recordings, voicemails, summaries and transcripts: all read-only."""

from quo_mcp.sandbox.error_responses import not_found, quo_error
from quo_mcp.sandbox.http import RejectedRequest, Request, Response
from quo_mcp.sandbox.paging import build_page
from quo_mcp.sandbox.request_validation import NUMBER_ID, USER_ID, QueryReader, path_id
from quo_mcp.sandbox.state import SandboxState

# The first two digits of Quo's error codes, per resource.
CALLS, SUMMARIES, TRANSCRIPTS, RECORDINGS, VOICEMAILS = "01", "05", "06", "09", "12"


def list_calls(state: SandboxState, request: Request) -> Response:
    """List calls, newest first. Without a `userId`, Quo lists only what the workspace's owner may see."""
    query = QueryReader(request, CALLS)
    number_id = query.string("phoneNumberId", NUMBER_ID, required=True)
    participants = query.strings("participants", required=True)
    user_id = query.string("userId", USER_ID)
    after = query.time("createdAfter")
    since, before = query.time("since"), query.time("createdBefore")
    size, token = query.integer("maxResults", 1, 100), query.string("pageToken")
    if len(participants) > 1:
        message, code = "Calls can be listed for one participant only", "0101400"
        raise RejectedRequest(
            quo_error(400, CALLS, message, code=code, title="Too Many Participants")
        )
    query.reject_invalid()
    number, end = state.find_number(number_id or "", CALLS), before or since
    state.require_member(number, user_id, "0101403")
    state.require_readable(number, "0101403")
    visible = (user_id or state.owner_id) in {member["id"] for member in number["users"]}
    matches = [
        call
        for call in state.calls.values()
        if visible
        and call["phoneNumberId"] == number["id"]
        and participants[0] in call["participants"]
        and (after is None or call["createdAt"] > after)
        and (end is None or call["createdAt"] < end)
    ]
    newest_first = sorted(matches, key=lambda call: call["createdAt"], reverse=True)
    return Response.from_json(build_page(newest_first, request, query, size=size, token=token))


def get_call(state: SandboxState, request: Request) -> Response:
    call = state.calls.get(path_id(request, CALLS, "callId", "AC"))
    if call is None:
        raise not_found(CALLS, "Call")
    return Response.from_json({"data": call})


def list_recordings(state: SandboxState, request: Request) -> Response:
    call_id = path_id(request, RECORDINGS, "callId", "AC")
    if call_id not in state.calls:
        raise not_found(RECORDINGS, "Call")
    return Response.from_json({"data": state.recordings.get(call_id, [])})


def require_plan(state: SandboxState, resource: str) -> None:
    """Raise RejectedRequest (403) if the plan has no summaries and transcripts. Quo has no code of its own for it."""
    if not state.has_summaries:
        message = "This feature requires the Business plan or higher"
        raise RejectedRequest(quo_error(403, resource, message))


def get_summary(state: SandboxState, request: Request) -> Response:
    require_plan(state, SUMMARIES)
    summary = state.summaries.get(path_id(request, SUMMARIES, "callId", "AC"))
    if summary is None:
        raise not_found(SUMMARIES, "Call summary")
    return Response.from_json({"data": summary})


def get_transcript(state: SandboxState, request: Request) -> Response:
    require_plan(state, TRANSCRIPTS)
    transcript = state.transcripts.get(path_id(request, TRANSCRIPTS, "id", "AC"))
    if transcript is None:
        raise not_found(TRANSCRIPTS, "Call transcript")
    return Response.from_json({"data": transcript})


def get_voicemail(state: SandboxState, request: Request) -> Response:
    voicemail = state.voicemails.get(path_id(request, VOICEMAILS, "callId", "AC"))
    if voicemail is None:
        raise not_found(VOICEMAILS, "Voicemail")
    return Response.from_json({"data": voicemail})


ROUTES = {
    ("GET", "calls"): list_calls,
    ("GET", "calls/{callId}"): get_call,
    ("GET", "call-recordings/{callId}"): list_recordings,
    ("GET", "call-summaries/{callId}"): get_summary,
    ("GET", "call-transcripts/{id}"): get_transcript,
    ("GET", "call-voicemails/{callId}"): get_voicemail,
}
