"""The tool that shows a call's transcript: whole, sliced by time, or searched."""

import itertools
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from quo_mcp.errors import InvalidArguments
from quo_mcp.history.artifact_lookup import FetchedArtifact, fetch_artifact
from quo_mcp.records.calls import Call, CallTranscript, Utterance
from quo_mcp.records.record import Envelope
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import CallId
from quo_mcp.tools.rendering import Presenter, block, pluralize
from quo_mcp.tools.rendering.calls import artifact_heading, artifact_status, no_artifact
from quo_mcp.tools.transcript_search import SearchPhrase
from quo_mcp.values import times
from quo_mcp.values.untrusted import blockquote, quote_inline

# About 3,000 tokens, which hold a call of 15 minutes whole.
MAX_CHARACTERS = 12_000
MAX_TURN_CHARACTERS = 1_000  # with unknown speakers, a whole call would be one turn
NUMBER_SEARCH_NOTE = (
    "Numbers match in digits and in words (5C, five C), but not in other wordings (half past four)."
)
CONTEXT_TURNS = 2  # shown before and after a match
PRINTED_CALL_TIME = re.compile(r"^\[([^\[\],]*)(?:, match)?\]$")
CALL_TIME = re.compile(r"(-?)(?:([0-9]{1,2}):)?([0-9]{1,3}):([0-5][0-9])")


@dataclass(frozen=True)
class Turn:
    """What one speaker said without interruption; seconds from the start of the call."""

    speaker: str
    start: float
    end: float
    text: str

    def __str__(self) -> str:
        return self.render()

    def render(self, mark: str = "") -> str:
        """Render the turn, with a mark behind its time."""
        return (
            f"[{times.format_position(self.start)}{mark}] {self.speaker}:\n{blockquote(self.text)}"
        )


def merge_turns(utterances: Iterable[Utterance], presenter: Presenter) -> list[Turn]:
    """Join consecutive utterances of one speaker into turns of at most 1,000 characters."""
    turns: list[Turn] = []
    for utterance in itertools.chain.from_iterable(map(split_utterance, utterances)):
        speaker = speaker_name(utterance, presenter)
        last = turns[-1] if turns else None
        if (
            last
            and last.speaker == speaker
            and len(last.text) + len(utterance.content) < MAX_TURN_CHARACTERS
        ):
            turns[-1] = Turn(speaker, last.start, utterance.end, f"{last.text} {utterance.content}")
        else:
            turns.append(Turn(speaker, utterance.start, utterance.end, utterance.content))
    return turns


def split_utterance(utterance: Utterance) -> list[Utterance]:
    """Split an utterance into parts of at most 1,000 characters and equal duration; none if it is empty."""
    texts = textwrap.wrap(utterance.content, MAX_TURN_CHARACTERS, replace_whitespace=False)
    seconds_per_part = (utterance.end - utterance.start) / max(len(texts), 1)
    return [
        utterance.model_copy(
            update={
                "content": text,
                "start": utterance.start + i * seconds_per_part,
                "end": utterance.start + (i + 1) * seconds_per_part,
            }
        )
        for i, text in enumerate(texts)
    ]


def speaker_name(utterance: Utterance, presenter: Presenter) -> str:
    if utterance.user_id:
        return presenter.teammate(utterance.user_id)
    return presenter.short_name(utterance.identifier) if utterance.identifier else "Unknown speaker"


def parse_call_time(text: str, duration: float) -> float:
    """Parse `12:30`, `1:02:30` or `[12:30]` into seconds from the start; with a minus sign, counted from the end.

    Raises:
        InvalidArguments: the text is not a time in a call.
    """
    if not (match := CALL_TIME.fullmatch(PRINTED_CALL_TIME.sub(r"\1", text.strip()))):
        raise InvalidArguments(
            f"Invalid position {quote_inline(text)}. Use mm:ss from the start, e.g. 12:30, or -mm:ss from the end, e.g. -5:00."
        )
    sign, hours, minutes, seconds = match.groups()
    position = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return max(0.0, duration - position) if sign else float(position)


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
        str | None,
        Field(description='Show only the passages with this word or phrase, e.g. "quote".'),
    ] = None

    async def run(self, context: ToolContext) -> FetchedArtifact[Envelope[CallTranscript]] | Call:
        for call_time in filter(None, (self.start, self.end)):
            parse_call_time(call_time, 0)  # to reject an invalid time before any request
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
        if status_line := artifact_status("transcript", transcript.status):
            return block(title, status_line)
        turns = merge_turns(transcript.dialogue, presenter)
        if not turns:
            return block(title, "  The transcript is empty.")
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
        phrase = (self.find or "").strip()
        if not slice_turns:
            span = f"between {self.start or '0:00'} and {self.end or 'the end'}"
            return block(title, provenance_note, f"No speech {span}.")
        where = (
            "the transcript" if len(slice_turns) == len(turns) else "this part of the transcript"
        )
        return block(
            title,
            provenance_note,
            *(search_turns(slice_turns, phrase, where) if phrase else [head_and_tail(slice_turns)]),
        )


def head_and_tail(turns: list[Turn]) -> str:
    """Render the turns, or as many from both ends as there is room for: a call's end often holds what was agreed."""
    blocks = [str(turn) for turn in turns]
    if sum(map(len, blocks)) <= MAX_CHARACTERS:
        return "\n".join(blocks)
    head, tail, room = 0, len(blocks), MAX_CHARACTERS
    while head < tail:
        take_head = head <= len(blocks) - tail
        size = len(blocks[head] if take_head else blocks[tail - 1])
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


def search_turns(turns: list[Turn], phrase_text: str, where: str) -> list[str]:
    """Render the turns that match a phrase, with two turns around each. One block a line of the result.

    where: what was searched: the transcript, or a part of it. The first block counts the matches. If there
    is no room for all turns, the last block says where to continue.
    """
    phrase = SearchPhrase(phrase_text)
    hits = [position for position, turn in enumerate(turns) if phrase.matches(turn.text)]
    quoted_phrase = quote_inline(phrase_text)
    blocks = [NUMBER_SEARCH_NOTE] if phrase.has_number else []
    if not hits:
        blocks.append(
            f"{quoted_phrase} not found in {where}. Try fewer or different words, or read with start and end."
        )
        return blocks
    turns_shown = sorted(
        {
            i
            for hit in hits
            for i in range(hit - CONTEXT_TURNS, hit + CONTEXT_TURNS + 1)
            if 0 <= i < len(turns)
        }
    )
    blocks.append(f"{quoted_phrase} found in {pluralize(len(hits), 'turn')} of {where}:")
    room = MAX_CHARACTERS
    for rank, i in enumerate(turns_shown):
        text = turns[i].render(", match" if i in hits else "")
        if rank and len(text) > room:
            blocks.append(
                f'(More from {times.format_position(turns[i].start)} on: call again with start="{times.format_position(turns[i].start)}".)'
            )
            break
        if rank and turns_shown[rank - 1] != i - 1:
            blocks.append("(…)")
        blocks.append(text)
        room -= len(text)
    return blocks
