"""The passages of a transcript with one of several phrases."""

from collections.abc import Sequence
from dataclasses import dataclass

from quo_mcp.tools.rendering import pluralize
from quo_mcp.tools.transcript_search import SearchPhrase
from quo_mcp.tools.transcript_turns import MAX_BYTES, Turn
from quo_mcp.values import times
from quo_mcp.values.untrusted import byte_count, quote_inline
from quo_mcp.values.wrapping import unwrapped

NUMBER_SEARCH_NOTE = (
    "Numbers match in digits and in words (5C, five C), but not in other wordings (half past four)."
)
CONTEXT_TURNS = 2  # shown before and after a match


@dataclass(frozen=True)
class PhraseMatches:
    """Where a phrase is.

    turns: positions of the turns that hold it as whole words; if none does, within longer words.
    longer_count: how many more turns hold it within longer words only.
    """

    phrase: str
    turns: Sequence[int]
    is_whole: bool = True
    longer_count: int = 0

    @classmethod
    def find(cls, phrase_text: str, turns: Sequence[Turn]) -> "PhraseMatches":
        """Find a phrase as given; if it is nowhere, without the quotes or the mark of a quotation around it."""
        as_given = cls._find_exactly(phrase_text, turns)
        others = (
            () if as_given.turns else (cls._find_exactly(t, turns) for t in unwrapped(phrase_text))
        )
        return next((matches for matches in others if matches.turns), as_given)

    @classmethod
    def _find_exactly(cls, phrase_text: str, turns: Sequence[Turn]) -> "PhraseMatches":
        phrase = SearchPhrase(phrase_text)
        matches = [i for i, turn in enumerate(turns) if phrase.matches(turn.text)]
        whole = [i for i in matches if phrase.matches_whole_words(turns[i].text)]
        if whole:
            return cls(phrase_text, whole, longer_count=len(matches) - len(whole))
        return cls(phrase_text, matches, is_whole=False)

    def describe(self, where: str) -> str:
        """Return how many turns hold the phrase, and how."""
        phrase = quote_inline(self.phrase)
        count = pluralize(len(self.turns), "turn")
        if not self.turns:
            return f"{phrase} not found in {where}."
        if not self.is_whole:
            return f"{phrase} found only within longer words, in {count} of {where}:"
        longer = pluralize(self.longer_count, "more turn")
        has = "has" if self.longer_count == 1 else "have"
        more = f" ({longer} {has} it within longer words only)" if self.longer_count else ""
        return f"{phrase} found in {count} of {where}{more}:"


def search_turns(turns: Sequence[Turn], phrases: Sequence[str], where: str) -> list[str]:
    """Render the turns that match a phrase, with two turns around each. One block a line of the result.

    where: what was searched: the transcript, or a part of it. The first blocks count the matches of each
    phrase. If there is no room for all turns, the last block says where to continue.
    """
    results = [PhraseMatches.find(phrase, turns) for phrase in dict.fromkeys(phrases)]
    hits = {position for result in results for position in result.turns}
    has_number = any(SearchPhrase(phrase).has_number for phrase in phrases)
    blocks = [NUMBER_SEARCH_NOTE] if has_number else []
    counts = [result.describe(where) for result in results]
    blocks += counts if len(counts) == 1 else [f"{count.rstrip(':.')}." for count in counts]
    if not hits:
        blocks[-1] += " Try fewer or different words, or read with start and end."
        return blocks
    turns_shown = sorted(
        {
            i
            for hit in hits
            for i in range(hit - CONTEXT_TURNS, hit + CONTEXT_TURNS + 1)
            if 0 <= i < len(turns)
        }
    )
    room = MAX_BYTES
    for rank, i in enumerate(turns_shown):
        text = turns[i].render(", match" if i in hits else "")
        if rank and byte_count(text) > room:
            position = times.format_position(turns[i].start)
            blocks.append(f'(More from {position} on: call again with start="{position}".)')
            break
        if rank and turns_shown[rank - 1] != i - 1:
            blocks.append("(…)")
        blocks.append(text)
        room -= byte_count(text)
    return blocks
