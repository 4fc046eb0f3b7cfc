"""The lookup of voicemails: Quo's lists of calls do not say which missed calls have one."""

from collections.abc import Sequence
from dataclasses import replace

import anyio

from quo_mcp.errors import NotFound, Refusal
from quo_mcp.gateway import ApiClient
from quo_mcp.history.coverage import VoicemailCoverage
from quo_mcp.history.feed import FeedPage
from quo_mcp.records.calls import Call, Voicemail
from quo_mcp.records.record import Envelope

MAX_VOICEMAIL_LOOKUPS = 15  # missed calls on a page; one request each


async def add_voicemails(api: ApiClient, feed_page: FeedPage[Call]) -> FeedPage[Call]:
    """Return a page of calls with the voicemails of its missed calls."""
    calls, coverage = await look_up_voicemails(api, [call for _, call in feed_page.items])
    return replace(
        feed_page,
        items=[(source, call) for (source, _), call in zip(feed_page.items, calls, strict=True)],
        coverage=replace(feed_page.coverage, voicemails=coverage),
    )


async def look_up_voicemails(
    api: ApiClient, calls: Sequence[Call]
) -> tuple[list[Call], VoicemailCoverage]:
    """Return the calls, with the voicemails of the first 15 missed ones attached.

    A missed call that was not looked up, or whose lookup failed, gets `voicemail_unknown`.
    """
    missed_ids = [call.id for call in calls if call.is_missed]
    voicemails: dict[str, Voicemail | None] = {}
    failures: dict[str, Refusal] = {}

    async def fetch_voicemail(call_id: str) -> None:
        try:
            reply = await api.get(Envelope[Voicemail], "call-voicemails", call_id)
            voicemails[call_id] = reply.data
        except NotFound:
            voicemails[call_id] = None
        except Refusal as error:
            failures[call_id] = error

    async with anyio.create_task_group() as task_group:
        for call_id in missed_ids[:MAX_VOICEMAIL_LOOKUPS]:
            task_group.start_soon(fetch_voicemail, call_id)
    coverage = VoicemailCoverage(failures, missed_ids[MAX_VOICEMAIL_LOOKUPS:])
    unknown = coverage.unknown
    updates = [
        {"voicemail": voicemails.get(call.id), "voicemail_unknown": call.id in unknown}
        for call in calls
    ]
    return [
        call.model_copy(update=update) for call, update in zip(calls, updates, strict=True)
    ], coverage
