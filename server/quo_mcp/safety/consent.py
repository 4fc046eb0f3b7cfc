"""Whether a person asked not to be texted, or took that back.

A person may revoke consent "in any reasonable manner", and some words do so by themselves
(47 CFR 64.1200(a)(10)): more than the six that Quo acts on. So beside those words, sentences are
read, by rules, so that a verdict can be explained. Where these err they should err towards "out";
but an appointment cancelled, or a leak to be stopped, is no opt-out.

The words that revoke by themselves are always seen. Free wording is not: of sentences new to them,
the rules found about two in three, so they stand behind Quo's own list and a person's care.

A message is folded to plain words and cut into clauses; `phrasings` has what is looked for.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple

from quo_mcp.safety import phrasings

Verdict = Literal["out", "in"]


class Standing(NamedTuple):
    """What a person last said about being texted.

    when, words: the message that said so, as it was written.
    """

    out: bool
    when: datetime
    words: str


def standing(messages: Iterable[tuple[datetime, str]]) -> Standing | None:
    """The latest verdict in a person's incoming texts, in any order; None where there is none.

    Of two at the same instant, the opt-out counts. The times are all aware, or all naive.
    """
    said = (
        Standing(judged == "out", when, words)
        for when, words in messages
        if (judged := verdict(words)) is not None
    )
    return max(said, key=lambda one: (one.when, one.out), default=None)


def verdict(text: str) -> Verdict | None:
    """What one incoming text says: "out" (do not text me), "in" (text me again), or neither."""
    if phrasings.REACTION.match(text):
        return None
    spoken = phrasings.QUOTATION.sub(_unless_a_word, text)
    if not any(char.isalnum() for char in spoken):
        spoken = text
    clauses = _fold(spoken)
    whole = " ".join(clauses)
    if _asks_to_stop(spoken, whole):
        return "out"
    if any(map(_says_stop, clauses)) and not phrasings.TEXT_INSTEAD.search(whole):
        return "out"
    if phrasings.IN_WORDS.fullmatch(whole) or any(map(_welcomes, clauses)):
        return "in"
    return None


def _unless_a_word(quotation: re.Match[str]) -> str:
    """What is quoted is somebody else's words, but for one word in quotation marks."""
    return quotation[0] if len(quotation[0].split()) == 1 else " "


def _asks_to_stop(text: str, whole: str) -> bool:
    """Whether the whole message is a keyword, however decorated, or STOP is shouted before the rest."""
    if not whole:
        return "\N{OCTAGONAL SIGN}" in text
    squeezed = re.sub(r"(.)\1+", r"\1", whole.replace(" ", ""))
    return bool(
        phrasings.OUT_LETTERS.fullmatch(squeezed)
        or phrasings.OUT_WORDS.fullmatch(_bare(whole))
        or phrasings.SHOUTED.match(text)
    )


def _says_stop(clause: str) -> bool:
    return bool(
        phrasings.OUT_CLAUSE.fullmatch(_bare(clause, phrasings.ASKING))
        or (phrasings.OUT.search(clause) and not phrasings.NOT_OUT.search(clause))
    )


def _welcomes(clause: str) -> bool:
    return bool(phrasings.IN.search(clause) and not phrasings.NOT_IN.search(clause))


def _bare(clause: str, courtesy: re.Pattern[str] = phrasings.COURTESY) -> str:
    """The clause without the words of courtesy around what is asked."""
    return " ".join(courtesy.sub("", clause).split())


def _fold(text: str) -> list[str]:
    """Clauses of lower-case words without accents, apostrophes and invisible characters."""
    # Combining marks go first: normalising a long run of them takes quadratic time.
    plain = "".join(char for char in text if unicodedata.category(char) not in {"Mn", "Me", "Cf"})
    letters = unicodedata.normalize("NFKD", plain).translate(phrasings.LETTERS).casefold()
    folded = "".join(char for char in letters if unicodedata.category(char) != "Mn")
    words = (" ".join(phrasings.WORD.findall(clause)) for clause in phrasings.BREAK.split(folded))
    return [clause for clause in words if clause]
