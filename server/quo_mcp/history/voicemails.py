"""The lookup of voicemails: Quo's lists of calls do not say which missed calls have one."""

from collections.abc import MutableMapping, Sequence
from dataclasses import replace

import anyio

from quo_mcp.errors import NotFound, Refusal
from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.pages import reading_time
from quo_mcp.history.coverage import VoicemailCoverage
from quo_mcp.history.feed import FeedPage
from quo_mcp.records.calls import Call, Voicemail
from quo_mcp.records.record import Envelope

MAX_CONCURRENT_LOOKUPS = 4  # more requests would only wait for the rate limit


async def add_voicemails(api: ApiClient, feed_page: FeedPage[Call]) -> FeedPage[Call]:
    """Return a page of calls with the voicemails of its missed calls."""
    calls, coverage = await look_up_voicemails(api, [call for _, call in feed_page.items])
    return replace(
        feed_page,
        items=[(source, call) for (source, _), call in zip(feed_page.items, calls, strict=True)],
        coverage=replace(feed_page.coverage, voicemails=coverage),
    )


async def look_up_voicemails(
    api: ApiClient,
    calls: Sequence[Call],
    known: MutableMapping[str, Voicemail | None] | None = None,
) -> tuple[list[Call], VoicemailCoverage]:
    """Return the calls, with the voicemails of the missed ones attached: one request each, the first calls first.

    The lookups end shortly before the call's time does. A missed call that was not looked up, or whose
    lookup failed, gets `voicemail_unknown`.

    known: the results of earlier lookups by call id; new ones are added to it.
    """
    voicemails = {} if known is None else known
    failures: dict[str, Refusal] = {}
    missed_ids = list(dict.fromkeys(call.id for call in calls if call.is_missed))
    queue = [call_id for call_id in missed_ids if call_id not in voicemails]

    async def fetch_voicemails() -> None:
        while queue:
            call_id = queue.pop(0)
            try:
                reply = await api.get(Envelope[Voicemail], "call-voicemails", call_id)
                voicemails[call_id] = reply.data
            except NotFound:
                voicemails[call_id] = None
            except Refusal as error:
                failures[call_id] = error

    with reading_time():
        async with anyio.create_task_group() as task_group:
            for _ in range(MAX_CONCURRENT_LOOKUPS):
                task_group.start_soon(fetch_voicemails)
    skipped = [
        call_id for call_id in missed_ids if call_id not in voicemails and call_id not in failures
    ]
    unknown = {*failures, *skipped}
    updates = [
        {"voicemail": voicemails.get(call.id), "voicemail_unknown": call.id in unknown}
        for call in calls
    ]
    return [
        call.model_copy(update=update) for call, update in zip(calls, updates, strict=True)
    ], VoicemailCoverage(failures, skipped)
