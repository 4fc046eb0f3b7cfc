"""What was said on a call, as a dialogue, in slices that a model can hold."""

import itertools
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from quo_mcp.errors import Misunderstood
from quo_mcp.records.base import One
from quo_mcp.records.calls import Call, Transcript, Utterance
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.call_rendering import Told, not_made, nothing, of_call
from quo_mcp.tools.calls import made_of
from quo_mcp.tools.context import Quo
from quo_mcp.tools.fields import CallId
from quo_mcp.tools.rendering import View, block, counted, written
from quo_mcp.tools.transcript_search import Phrase
from quo_mcp.values import times
from quo_mcp.values.untrusted import in_quotes

# About 3,000 tokens: two of them still fit beside a conversation, and a call of a quarter of an
# hour is whole.
ROOM = 12_000
LONGEST_TURN = 1_000  # characters; where nobody knows who spoke, a whole call would be one turn
NUMBERS = "Numbers were looked for in figures and in words (5C, five C); said in another way (half past four) they are not found."
AROUND = 2  # turns shown on each side of a phrase that was found
CLOCK = re.compile(r"(-?)(?:([0-9]{1,2}):)?([0-9]{1,3}):([0-5][0-9])")


@dataclass(frozen=True)
class Turn:
    """What one person said in one go."""

    who: str
    start: float
    end: float
    words: str

    def __str__(self) -> str:
        return self.show()

    def show(self, mark: str = "") -> str:
        return f"[{times.clock(self.start)}{mark}] {self.who}:\n{written(self.words)}"


def turns(lines: Iterable[Utterance], view: View) -> list[Turn]:
    """The dialogue with what one person said in a row joined, but for what is too long to be sliced."""
    merged: list[Turn] = []
    for line in itertools.chain.from_iterable(map(pieces, lines)):
        who = speaker(line, view)
        last = merged[-1] if merged else None
        if last and last.who == who and len(last.words) + len(line.content) < LONGEST_TURN:
            merged[-1] = Turn(who, last.start, line.end, f"{last.words} {line.content}")
        else:
            merged.append(Turn(who, line.start, line.end, line.content))
    return merged


def pieces(line: Utterance) -> list[Utterance]:
    """The line, or its parts where it is endless; nothing where nothing was said."""
    texts = textwrap.wrap(line.content, LONGEST_TURN, replace_whitespace=False)
    step = (line.end - line.start) / max(len(texts), 1)
    return [
        line.model_copy(
            update={
                "content": text,
                "start": line.start + i * step,
                "end": line.start + (i + 1) * step,
            }
        )
        for i, text in enumerate(texts)
    ]


def speaker(line: Utterance, view: View) -> str:
    if line.user_id:
        return view.teammate(line.user_id)
    return view.name(line.identifier) if line.identifier else "Unknown speaker"


def seconds(clock: str, duration: float) -> float:
    """`12:30` or `1:02:30` from the start; with a minus sign, back from the end."""
    if not (parts := CLOCK.fullmatch(clock.strip())):
        raise Misunderstood(
            f"{in_quotes(clock)} is not a time in a call: write minutes and seconds, as 12:30, or -5:00 for five minutes "
            "before the end."
        )
    sign, hours, minutes, rest = parts.groups()
    at = int(hours or 0) * 3600 + int(minutes) * 60 + int(rest)
    return max(0.0, duration - at) if sign else float(at)


class GetCallTranscript(Tool[Told[One[Transcript]] | Call]):
    """Read what was said on a call. Long ones come as head and tail: slice or search."""

    effect = Effect.READ

    call_id: CallId
    start: Annotated[str | None, Field(description="Like 12:30, or -5:00 from the end")] = None
    end: Annotated[str | None, Field(description="Likewise")] = None
    find: Annotated[str | None, Field(description="A phrase")] = None

    async def run(self, quo: Quo) -> Told[One[Transcript]] | Call:
        for clock in filter(None, (self.start, self.end)):
            seconds(clock, 0)  # what is no time is refused before anything is asked for
        return await made_of(quo, One[Transcript], "call-transcripts", self.call_id)

    def render(self, result: Told[One[Transcript]] | Call, view: View) -> str:
        if isinstance(result, Call):
            return nothing("transcript", result, view)
        head = of_call("Transcript", self.call_id, result.call, view)
        kept = result.made.data
        if why := not_made("transcript", kept.status):
            return block(head, why)
        said = turns(kept.dialogue, view)
        if not said:
            return block(head, "  Nothing was said.")
        length = kept.duration or max(line.end for line in kept.dialogue)
        since = seconds(self.start, length) if self.start else 0.0
        until = seconds(self.end, length) if self.end else float("inf")
        chosen = [turn for turn in said if turn.end >= since and turn.start < until]
        how = (
            f"{counted(len(said), 'turn')} in {times.duration(length)}, written down by speech recognition: names and numbers "
            "may be misheard."
        )
        words = (self.find or "").strip()
        if not chosen:
            span = f"between {self.start or '0:00'} and {self.end or 'the end'}"
            return block(head, how, f"Nothing was said {span}.")
        return block(head, how, *(found(chosen, words) if words else [cut(chosen)]))


def cut(chosen: list[Turn]) -> str:
    """The turns, or as many from both ends as there is room for: how a call ends matters most."""
    blocks = [str(turn) for turn in chosen]
    if sum(map(len, blocks)) <= ROOM:
        return "\n".join(blocks)
    head, tail, room = 0, len(blocks), ROOM
    while head < tail:
        ahead = head <= len(blocks) - tail
        size = len(blocks[head] if ahead else blocks[tail - 1])
        if size > room and (head, tail) != (0, len(blocks)):
            break
        room -= size
        head, tail = (head + 1, tail) if ahead else (head, tail - 1)
    if head == tail:
        return "\n".join(blocks)
    left_out = (
        f"({counted(tail - head, 'turn')} left out here, {times.clock(chosen[head].start)} to {times.clock(chosen[tail - 1].end)}: "
        f'call again with start="{times.clock(chosen[head].start)}", or find a phrase.)'
    )
    return "\n".join([*blocks[:head], left_out, *blocks[tail:]])


def found(chosen: list[Turn], words: str) -> list[str]:
    """How many turns hold the words, then each of them with a few turns around it; a block each."""
    phrase = Phrase(words)
    hits = [at for at, turn in enumerate(chosen) if phrase.is_in(turn.words)]
    shown = in_quotes(words)
    blocks = [NUMBERS] if phrase.has_number else []
    if not hits:
        blocks.append(
            f"{shown} is not said there, in these words. Try fewer or other words, or read by start and end."
        )
        return blocks
    near = sorted(
        {i for at in hits for i in range(at - AROUND, at + AROUND + 1) if 0 <= i < len(chosen)}
    )
    blocks.append(f"{shown} is said in {counted(len(hits), 'place')}:")
    room = ROOM
    for place, i in enumerate(near):
        text = chosen[i].show(", said here" if i in hits else "")
        if place and len(text) > room:
            blocks.append(
                f'(There is more from {times.clock(chosen[i].start)} on: call again with start="{times.clock(chosen[i].start)}".)'
            )
            break
        if place and near[place - 1] != i - 1:
            blocks.append("(…)")
        blocks.append(text)
        room -= len(text)
    return blocks
