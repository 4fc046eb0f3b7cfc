"""The tool that shows a call's transcript: whole, sliced by time, or searched."""

import re
from typing import Annotated

from pydantic import Field

from quo_mcp.errors import InvalidArguments
from quo_mcp.history.artifact_lookup import FetchedArtifact, fetch_artifact
from quo_mcp.records.calls import Call, CallTranscript
from quo_mcp.records.record import Envelope
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import CallId
from quo_mcp.tools.rendering import Presenter, block, pluralize, unreadable_note
from quo_mcp.tools.rendering.calls import artifact_heading, artifact_status, no_artifact
from quo_mcp.tools.transcript_passages import search_turns
from quo_mcp.tools.transcript_turns import MAX_BYTES, Turn, merge_turns
from quo_mcp.values import times
from quo_mcp.values.untrusted import byte_count, quote_inline
from quo_mcp.values.wrapping import readings

CALL_TIME = re.compile(r"(-?)(?:([0-9]{1,2}):)?([0-9]{1,3}):([0-5][0-9])(?:, match)?")
MAX_SECONDS = 1_000_000  # more than twice the latest position that CALL_TIME matches
# A line of a transcript, or a line that says how to go on.
PRINTED_CALL_TIME = re.compile(r"(?:\[|\bstart=\")(-?[0-9:]{3,9})(?:, match\]|[\]\"])")


def parse_call_time(text: str, duration: float) -> float:
    """Parse `12:30`, `1:02:30` or `[12:30]` into seconds from the start; with a minus sign, counted from the end.

    Raises:
        InvalidArguments: the text is not a time in a call.
    """
    positions = set(PRINTED_CALL_TIME.findall(text))
    candidates = (text.strip(), *readings(text), *(positions if len(positions) == 1 else ()))
    if not (match := next(filter(None, map(CALL_TIME.fullmatch, candidates)), None)):
        raise InvalidArguments(
            f"Invalid position {quote_inline(text)}. Use mm:ss from the start, e.g. 12:30, or -mm:ss from the end, e.g. -5:00."
        )
    sign, hours, minutes, seconds = match.groups()
    position = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return max(0.0, duration - position) if sign else float(position)


def check_positions(start: str | None, end: str | None) -> None:
    """Check both positions, and their order if both count from the same side.

    Raises:
        InvalidArguments: one is not a time in a call, or the end is not after the start.
    """
    # With a duration this long, a position from the end is in the second half. How one from the start compares with one
    # from the end depends on the call.
    positions = [parse_call_time(text, MAX_SECONDS) for text in (start, end) if text]
    if not (start and end):
        return
    first, last = positions
    same_side = (first > MAX_SECONDS / 2) == (last > MAX_SECONDS / 2)
    if same_side and first >= last:
        raise InvalidArguments(
            f"end: {quote_inline(end)} must be after start {quote_inline(start)}. Change or omit one of them."
        )


class GetCallTranscript(Tool[FetchedArtifact[Envelope[CallTranscript]] | Call]):
    """Read what was said on a call, by speaker and with times.

    Long transcripts show only the beginning and end: use start and end, or find, for the rest. For a
    short answer, call quo_get_call_summary first.
    """

    effect = Effect.READ

    call_id: CallId
    start: Annotated[
        str | None,
        Field(
            description='From this position on: mm:ss from the start, e.g. "12:30", or -mm:ss from the end, e.g. "-5:00".'
        ),
    ] = None
    end: Annotated[
        str | None,
        Field(description="Up to this position, in the formats of start. Default: the end."),
    ] = None
    find: Annotated[
        list[
            Annotated[
                str,
                Field(max_length=200, description='A word or phrase, e.g. "quote".'),
            ]
        ]
        | None,
        Field(
            max_length=10,
            description="Show only passages that contain one of these words or phrases.",
        ),
    ] = None

    async def run(self, context: ToolContext) -> FetchedArtifact[Envelope[CallTranscript]] | Call:
        check_positions(self.start, self.end)  # before any request
        return await fetch_artifact(
            context.account.api, Envelope[CallTranscript], "call-transcripts", self.call_id
        )

    def render(
        self, result: FetchedArtifact[Envelope[CallTranscript]] | Call, presenter: Presenter
    ) -> str:
        if isinstance(result, Call):
            return no_artifact("transcript", result, presenter)
        title = artifact_heading("Transcript", self.call_id, result.call, presenter)
        transcript = result.artifact.data
        if status_line := artifact_status(transcript, "transcript", result.call, presenter):
            return block(title, status_line)
        turns = merge_turns(transcript.dialogue, presenter)
        if not turns:
            reason = unreadable_note(transcript) or "no words, so it is unknown what was said"
            return block(title, f"  Quo returned a transcript without content ({reason}).")
        duration = transcript.duration or max(utterance.end for utterance in transcript.dialogue)
        from_seconds = parse_call_time(self.start, duration) if self.start else 0.0
        to_seconds = parse_call_time(self.end, duration) if self.end else float("inf")
        slice_turns = [
            turn for turn in turns if turn.end >= from_seconds and turn.start < to_seconds
        ]
        provenance_note = (
            f"{pluralize(len(turns), 'turn')} in {times.format_duration(duration)}. Automatic transcript; names and numbers may be "
            "wrong."
        )
        phrases = list(filter(None, map(str.strip, self.find or ())))
        if not slice_turns:
            span = f"between {self.start or '0:00'} and {self.end or 'the end'}"
            return block(title, provenance_note, f"No speech {span}.")
        where = (
            "the transcript" if len(slice_turns) == len(turns) else "this part of the transcript"
        )
        return block(
            title,
            provenance_note,
            *(
                search_turns(slice_turns, phrases, where)
                if phrases
                else [head_and_tail(slice_turns)]
            ),
        )


def head_and_tail(turns: list[Turn]) -> str:
    """Render the turns, or as many from both ends as there is room for: a call's end often holds what was agreed."""
    blocks = [str(turn) for turn in turns]
    if sum(map(byte_count, blocks)) <= MAX_BYTES:
        return "\n".join(blocks)
    head, tail, room = 0, len(blocks), MAX_BYTES
    while head < tail:
        take_head = head <= len(blocks) - tail
        size = byte_count(blocks[head] if take_head else blocks[tail - 1])
        if size > room and (head, tail) != (0, len(blocks)):
            break
        room -= size
        head, tail = (head + 1, tail) if take_head else (head, tail - 1)
    if head == tail:
        return "\n".join(blocks)
    omission_note = (
        f"({pluralize(tail - head, 'turn')} omitted, {times.format_position(turns[head].start)} to {times.format_position(turns[tail - 1].end)}: "
        f'call again with start="{times.format_position(turns[head].start)}", or with find.)'
    )
    return "\n".join([*blocks[:head], omission_note, *blocks[tail:]])
