"""The tools that list and show calls, and the lookup of voicemails and other artifacts of a call."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, TypeAlias, TypeVar

import anyio
from pydantic import Field

from quo_mcp.errors import NotFound, Refusal
from quo_mcp.records.base import Envelope, Page
from quo_mcp.records.calls import Call, Voicemail
from quo_mcp.tools.activity_all_threads import ActivityFeed, coverage_note, default_since, list_all
from quo_mcp.tools.activity_lookup import fetch_activity
from quo_mcp.tools.activity_one_person import (
    ActivityList,
    PersonFeed,
    list_with_person,
    render_list,
)
from quo_mcp.tools.activity_query import ActivityQuery
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.call_rendering import Artifact, FetchedArtifact, call_block
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import CallId, OptionalPersonRef
from quo_mcp.tools.rendering import Presenter, block

Source = TypeVar("Source")

MAX_VOICEMAIL_LOOKUPS = 15  # missed calls on a page; one request each

CallListResult: TypeAlias = Page[Call] | PersonFeed[Call] | ActivityFeed[Call]


class ListCalls(ActivityList[CallListResult]):
    """List calls, newest first: with one person, or with everybody lately. Missed ones tell of voicemail."""

    person: OptionalPersonRef = None
    missed: Annotated[bool, Field(description="Only those")] = False

    async def run(self, context: ToolContext) -> CallListResult:
        if self.person:
            return await self.run_for_person(context, self.person)
        query = self._query(default_since(context, self.since, self.until))
        feed = await list_all(context, query, inbox=self.inbox, page_token=self.page_token)
        return replace(feed, items=await attach_voicemails_to_items(context, feed.items))

    async def run_for_person(
        self, context: ToolContext, person: str
    ) -> Page[Call] | PersonFeed[Call]:
        """List the calls with one person. person: E.164."""
        query = self._query(self.since)
        result = await list_with_person(context, query, [person], self.inbox, self.page_token)
        if isinstance(result, Page):
            return result.model_copy(update={"data": await attach_voicemails(context, result.data)})
        return replace(result, items=await attach_voicemails_to_items(context, result.items))

    def _query(self, since: str | None) -> ActivityQuery[Call]:
        query = self.build_query(Page[Call], "calls", since=since)
        return replace(query, predicate=lambda call: call.is_missed) if self.missed else query

    @property
    def _label(self) -> str:
        return "Missed calls" if self.missed else "Calls"

    def render(self, result: CallListResult, presenter: Presenter) -> str:
        if isinstance(result, ActivityFeed):
            return self._render_for_everyone(result, presenter)
        return self.render_for_person(result, presenter)

    def render_for_person(
        self,
        result: Page[Call] | PersonFeed[Call],
        presenter: Presenter,
        older_hint: str | None = None,
    ) -> str:
        """Render the calls with one person. older_hint: replaces the hint to call again with a page token."""
        calls = result.data if isinstance(result, Page) else [call for _, call in result.items]
        return block(
            render_list(
                result,
                self,
                presenter,
                lambda call, inbox_id: call_block(
                    call, presenter, show_parties=False, inbox_id=inbox_id
                ),
                label=self._label,
                names=presenter.person(str(self.person)),
                older_hint=older_hint,
            ),
            missed_count(calls),
        )

    def _render_for_everyone(self, feed: ActivityFeed[Call], presenter: Presenter) -> str:
        label = self._label
        inbox_suffix = f" on {presenter.inbox(self.inbox)}" if self.inbox else ""
        return block(
            f"{label}{inbox_suffix}, newest first:"
            if feed.items
            else f"No {label.lower()}{inbox_suffix}.",
            *(
                call_block(
                    call, presenter, inbox_id=None if self.inbox else conversation.phone_number_id
                )
                for conversation, call in feed.items
            ),
            missed_count([call for _, call in feed.items]),
            coverage_note(feed, self, presenter, label.lower()),
        )


def missed_count(calls: Sequence[Call]) -> str | None:
    """Count the missed calls among those shown, and the voicemails on them; None for fewer than two calls."""
    missed = [call for call in calls if call.is_missed]
    if len(calls) < 2 or not missed:
        return None
    with_voicemail = sum(call.voicemail is not None for call in missed)
    unknown = sum(call.voicemail_unknown for call in missed)
    unknown_note = f"; voicemails were not looked for on {unknown} of them" if unknown else ""
    return f"Missed (nobody took them): {len(missed)} of these {len(calls)}, {with_voicemail or 'none'} with a voicemail{unknown_note}."


async def attach_voicemails_to_items(
    context: ToolContext, items: Sequence[tuple[Source, Call]]
) -> list[tuple[Source, Call]]:
    """Attach voicemails to calls that come with their source."""
    calls = await attach_voicemails(context, [call for _, call in items])
    return [(source, call) for (source, _), call in zip(items, calls, strict=True)]


class GetCall(Tool[Envelope[Call]]):
    """Show one call: who, when, how long, who answered."""

    effect = Effect.READ

    call_id: CallId

    async def run(self, context: ToolContext) -> Envelope[Call]:
        call = await fetch_activity(context, Envelope[Call], "calls", self.call_id)
        return Envelope(data=(await attach_voicemails(context, [call.data]))[0])

    def render(self, result: Envelope[Call], presenter: Presenter) -> str:
        call = result.data
        return block(
            call_block(call, presenter),
            f"  On {presenter.inbox(call.phone_number_id)}" if call.phone_number_id else None,
            f"  Answered {presenter.time(call.answered_at)}" if call.answered_at else None,
            f"  Ended {presenter.time(call.completed_at)}" if call.completed_at else None,
        )


async def attach_voicemails(context: ToolContext, calls: Sequence[Call]) -> list[Call]:
    """Return the calls, with the voicemails of the first 15 missed ones attached.

    A missed call that was not looked up, or whose lookup failed, gets `voicemail_unknown`.
    """
    missed_ids = [call.id for call in calls if call.is_missed]
    voicemails: dict[str, Voicemail | None] = {}

    async def fetch_voicemail(call_id: str) -> None:
        try:
            reply = await context.api.get(Envelope[Voicemail], "call-voicemails", call_id)
            voicemails[call_id] = reply.data
        except NotFound:
            voicemails[call_id] = None
        except Refusal:
            pass

    async with anyio.create_task_group() as task_group:
        for call_id in missed_ids[:MAX_VOICEMAIL_LOOKUPS]:
            task_group.start_soon(fetch_voicemail, call_id)
    unknown_ids = set(missed_ids) - set(voicemails)
    return [
        call.model_copy(
            update={
                "voicemail": voicemails.get(call.id),
                "voicemail_unknown": call.id in unknown_ids,
            }
        )
        for call in calls
    ]


async def fetch_artifact(
    context: ToolContext, reply_type: type[Artifact], resource: str, call_id: str
) -> FetchedArtifact[Artifact] | Call:
    """Fetch an artifact of a call together with the call, or the call alone if it has no such artifact.

    An artifact holds neither the parties nor the time, so the call is fetched at the same time. The
    call also tells an artifact that does not exist from an unknown id: Quo answers 404 to both.

    resource: the artifact's path segment in Quo's API, such as "call-summaries".

    Raises:
        NotFound: the call id is unknown.
        Refusal: the artifact could not be read.
    """
    call_results: list[Call | Refusal] = []

    async def fetch_call() -> None:
        try:
            call_results.append(
                (await fetch_activity(context, Envelope[Call], "calls", call_id)).data
            )
        except Refusal as refusal:
            call_results.append(refusal)

    artifact: Artifact | Refusal
    async with anyio.create_task_group() as task_group:
        task_group.start_soon(fetch_call)
        try:
            artifact = await context.api.get(reply_type, resource, call_id)
        except Refusal as refusal:
            artifact = refusal
    [call] = call_results
    if isinstance(artifact, NotFound) and artifact.source == "quo":
        if isinstance(call, Refusal):
            raise call
        return call
    if isinstance(artifact, Refusal):
        raise artifact
    return FetchedArtifact(artifact, None if isinstance(call, Refusal) else call)
