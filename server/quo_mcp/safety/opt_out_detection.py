"""Whether a person asked not to be texted, or took that back.

A person may revoke consent "in any reasonable manner", and some words do so by themselves
(47 CFR 64.1200(a)(10)): more than the six that Quo acts on. So beside those words, sentences are
read, by rules, so that a verdict can be explained. Where these err they should err towards "out";
but an appointment cancelled, or a leak to be stopped, is no opt-out. What lifts one must never err.

The words that revoke by themselves are always seen. Free wording is not: of sentences new to them,
the rules found about five in six, so they stand behind Quo's own list and a person's care.

A message is folded to plain words and cut into clauses; `phrasings` has what is looked for.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from quo_mcp.safety import opt_out_patterns

Verdict = Literal["out", "in"]


class Standing(NamedTuple):
    """What a person last said about being texted.

    when, words: the message that said so, as it was written.
    """

    out: bool
    when: datetime
    words: str


def standing(messages: Iterable[tuple[datetime | None, str]], *, now: datetime) -> Standing | None:
    """The latest verdict in a person's incoming texts, in any order; None where there is none.

    Of two at the same instant, the opt-out counts. One without a time counts as of now if it is an
    opt-out, and not at all if it would lift one. The times are all aware, or all naive.
    """
    said = (
        Standing(judged == "out", when or now, words)
        for when, words in messages
        if (judged := verdict(words)) == "out" or (judged == "in" and when)
    )
    return max(said, key=lambda one: (one.when, one.out), default=None)


def verdict(text: str) -> Verdict | None:
    """What one incoming text says: "out" (do not text me), "in" (text me again), or neither."""
    if opt_out_patterns.REACTION.match(text):
        return None
    spoken = opt_out_patterns.QUOTATION.sub(_unless_a_word, text)
    if not any(char.isalnum() for char in spoken):
        spoken = text
    clauses = _fold(spoken)
    whole = " ".join(clauses)
    if _asks_to_stop(spoken, whole) or _says_stop(clauses):
        return "out"
    return "in" if _welcomes(spoken, clauses) else None


def _unless_a_word(quotation: re.Match[str]) -> str:
    """What is quoted is somebody else's words, but for one word in quotation marks."""
    return quotation[0] if len(quotation[0].split()) == 1 else " "


def _asks_to_stop(text: str, whole: str) -> bool:
    """Whether the whole message is a keyword, however decorated, or STOP is shouted before the rest."""
    if not whole:
        return "\N{OCTAGONAL SIGN}" in text
    squeezed = re.sub(r"(.)\1+", r"\1", whole.replace(" ", ""))
    return bool(
        opt_out_patterns.OUT_LETTERS.fullmatch(squeezed)
        or opt_out_patterns.OUT_WORDS.fullmatch(_bare(whole))
        or opt_out_patterns.OUT_AT_THE_END.search(whole)
        or opt_out_patterns.SHOUTED.match(text)
    )


def _says_stop(clauses: Sequence[str]) -> bool:
    """Whether one of a message's clauses asks for no more texts, as far as the others let it."""
    words = [_bare(each, opt_out_patterns.ASKING) for each in clauses]
    delighted = any(map(opt_out_patterns.DELIGHT.fullmatch, clauses))
    if not delighted and any(map(opt_out_patterns.OUT_CLAUSE.fullmatch, words)):
        return True
    meant = [each for each in clauses if not opt_out_patterns.NOT_OUT.search(each)]
    asked = [found[0] for each in meant for found in opt_out_patterns.OUT.finditer(each)]
    if any(map(opt_out_patterns.TEXT_INSTEAD.search, clauses)):
        return not all(map(_about_calls, asked))
    return bool(asked)


def _about_calls(asked: str) -> bool:
    """Whether what is asked to stop is calls or e-mail alone."""
    return bool(
        opt_out_patterns.BY_VOICE_OR_MAIL.search(asked)
        and not opt_out_patterns.BY_TEXT.search(asked)
    )


def _welcomes(text: str, clauses: Sequence[str]) -> bool:
    """Whether a message asks for texts again, beyond doubt: a question, or one with a no in it, does not."""
    if "?" in text or any(map(opt_out_patterns.NOT_IN.search, clauses)):
        return False
    keyword = opt_out_patterns.IN_WORDS.fullmatch(" ".join(clauses))
    return bool(keyword) or any(map(opt_out_patterns.IN.search, clauses))


def _bare(clause: str, courtesy: re.Pattern[str] = opt_out_patterns.COURTESY) -> str:
    """The clause without the words of courtesy around what is asked."""
    return " ".join(courtesy.sub("", clause).split())


def _fold(text: str) -> list[str]:
    """Clauses of lower-case words without accents, apostrophes and invisible characters."""
    # Combining marks go first: normalising a long run of them takes quadratic time.
    plain = "".join(char for char in text if unicodedata.category(char) not in {"Mn", "Me", "Cf"})
    listed = opt_out_patterns.WAYS.sub(r"\1 or ", plain)
    letters = unicodedata.normalize("NFKD", listed).translate(opt_out_patterns.LETTERS).casefold()
    folded = "".join(char for char in letters if unicodedata.category(char) != "Mn")
    words = (
        " ".join(opt_out_patterns.WORD.findall(clause))
        for clause in opt_out_patterns.BREAK.split(folded)
    )
    return [clause for clause in words if clause]
