"""What can be listened to of a call: its recordings, and the voicemail left on it."""

from quo_mcp.records.base import One, Page
from quo_mcp.records.calls import Call, Recording, Voicemail
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.call_rendering import Told, nothing, of_call
from quo_mcp.tools.calls import made_of
from quo_mcp.tools.context import Quo
from quo_mcp.tools.fields import CallId
from quo_mcp.tools.rendering import View, block, heading, link, listing, written
from quo_mcp.values import times
from quo_mcp.values.untrusted import inline


class GetCallRecordings(Tool[Told[Page[Recording]] | Call]):
    """Get links to a call's recordings."""

    effect = Effect.READ

    call_id: CallId

    async def run(self, quo: Quo) -> Told[Page[Recording]] | Call:
        return await made_of(quo, Page[Recording], "call-recordings", self.call_id)

    def render(self, result: Told[Page[Recording]] | Call, view: View) -> str:
        if isinstance(result, Call):
            return nothing("recording", result, view)
        return listing(
            result.made,
            lambda each: block(
                heading(
                    f"from {view.when(each.start_time)}" if each.start_time else None,
                    times.duration(each.duration) if each.duration else None,
                    inline(each.type) if each.type else None,
                    inline(each.status or "unknown"),
                    each.id,
                ),
                f"  {link(each.url)}" if each.url else "  No link (yet).",
            ),
            title=of_call("Recordings, oldest first", self.call_id, result.call, view),
            empty=nothing("recording", result.call, view)
            if result.call
            else "This call has no recording.",
        )


class GetCallVoicemail(Tool[Told[One[Voicemail]] | Call]):
    """Get a call's voicemail: transcript and link."""

    effect = Effect.READ

    call_id: CallId

    async def run(self, quo: Quo) -> Told[One[Voicemail]] | Call:
        return await made_of(quo, One[Voicemail], "call-voicemails", self.call_id)

    def render(self, result: Told[One[Voicemail]] | Call, view: View) -> str:
        if isinstance(result, Call):
            return nothing("voicemail", result, view)
        found = result.made.data
        long = f", {times.duration(found.duration)}" if found.duration else ""
        return block(
            of_call(f"Voicemail{long}", self.call_id, result.call, view),
            written(found.transcript)
            if found.transcript
            else "  Not transcribed yet; try again in a minute."
            if found.status == "in-progress"
            else "  No transcript.",
            f"  Recording: {link(found.recording_url)}" if found.recording_url else None,
        )
