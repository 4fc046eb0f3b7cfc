"""The tools that show a call's recordings and its voicemail."""

from typing import Annotated

from pydantic import Field

from quo_mcp.history.artifact_lookup import FetchedArtifact, fetch_artifact
from quo_mcp.records.calls import Call, Recording, Voicemail
from quo_mcp.records.record import Envelope, Page
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import CallId
from quo_mcp.tools.rendering import (
    Presenter,
    bare_url,
    block,
    heading,
    render_page,
    status_text,
    unreadable_note,
)
from quo_mcp.tools.rendering.calls import ARTIFACT_DELAY, artifact_heading, no_artifact
from quo_mcp.values import times
from quo_mcp.values.untrusted import blockquote, inline


class GetCallRecordings(Tool[FetchedArtifact[Page[Recording]] | Call]):
    """Get the links to a call's recordings, with their times and durations.

    To read what was said instead, call quo_get_call_summary or quo_get_call_transcript.
    """

    effect = Effect.READ

    call_id: CallId

    async def run(self, context: ToolContext) -> FetchedArtifact[Page[Recording]] | Call:
        return await fetch_artifact(
            context.account.api, Page[Recording], "call-recordings", self.call_id
        )

    def render(self, result: FetchedArtifact[Page[Recording]] | Call, presenter: Presenter) -> str:
        if isinstance(result, Call):
            return no_artifact("recording", result, presenter)
        return render_page(
            result.artifact,
            lambda recording: block(
                heading(
                    presenter.time(recording.start_time) if recording.start_time else None,
                    times.format_duration(recording.duration) if recording.duration else None,
                    inline(recording.type) if recording.type else None,
                    inline(recording.status or "status unknown"),
                    unreadable_note(recording),
                    recording.id,
                ),
                f"  {bare_url(recording.url)}" if recording.url else "  No link available yet.",
            ),
            title=artifact_heading("Recordings", self.call_id, result.call, presenter),
            empty_text=no_artifact("recording", result.call, presenter)
            if result.call
            else "No recording for this call.",
        )


class GetCallVoicemail(Tool[FetchedArtifact[Envelope[Voicemail]] | Call]):
    """Get the voicemail of a missed call: its transcript, duration and a link to the recording.

    To read several voicemails at once, call quo_list_voicemails.
    """

    effect = Effect.READ

    call_id: Annotated[
        CallId, Field(description="Call id (AC…), from quo_list_voicemails or quo_list_calls.")
    ]

    async def run(self, context: ToolContext) -> FetchedArtifact[Envelope[Voicemail]] | Call:
        return await fetch_artifact(
            context.account.api, Envelope[Voicemail], "call-voicemails", self.call_id
        )

    def render(
        self, result: FetchedArtifact[Envelope[Voicemail]] | Call, presenter: Presenter
    ) -> str:
        if isinstance(result, Call):
            statement = no_artifact("voicemail", result, presenter)
            return f"{statement} For the calls that have one, call quo_list_voicemails."
        voicemail = result.artifact.data
        duration = f" of {times.format_duration(voicemail.duration)}" if voicemail.duration else ""
        return block(
            artifact_heading(f"Voicemail{duration}", self.call_id, result.call, presenter),
            blockquote(voicemail.transcript)
            if voicemail.transcript
            else f"  {missing_transcript(voicemail, result.call, presenter)}",
            f"  Recording: {bare_url(voicemail.recording_url)}"
            if voicemail.recording_url
            else "  Quo returned no link to the recording.",
        )


def missing_transcript(voicemail: Voicemail, call: Call | None, presenter: Presenter) -> str:
    """Return why a voicemail has no transcript. An old one that is still in progress will hardly get one."""
    if voicemail.status == "in-progress":
        left_at = (call.completed_at or call.created_at) if call else None
        if left_at is None:
            return "The transcript is not ready yet."
        age = presenter.now - left_at
        if age < ARTIFACT_DELAY:
            return "The transcript is not ready yet. Try again in a minute."
        return f"Quo still has no transcript, although the voicemail was left {presenter.time(left_at)}. It may never have one."
    if voicemail.status and voicemail.status != "completed":
        return f"This voicemail has no transcript; {status_text(voicemail.status, ())}."
    return "This voicemail has no transcript."
