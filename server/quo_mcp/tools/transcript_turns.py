"""A transcript as turns: what one speaker said without interruption."""

import itertools
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from quo_mcp.records.calls import Utterance
from quo_mcp.tools.rendering import Presenter
from quo_mcp.values import times
from quo_mcp.values.untrusted import blockquote

# About 3,000 tokens, which hold a call of 15 minutes in English whole.
MAX_BYTES = 12_000
MAX_TURN_CHARACTERS = 1_000  # with unknown speakers, a whole call would be one turn


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
    """Join consecutive utterances of one speaker into turns of at most 1,000 characters, by time: Quo may list them in another order."""
    ordered = sorted(utterances, key=lambda utterance: utterance.start)
    turns: list[Turn] = []
    for utterance in itertools.chain.from_iterable(map(split_utterance, ordered)):
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
