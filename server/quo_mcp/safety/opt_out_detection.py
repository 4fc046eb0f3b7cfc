"""Opt-out detection: classify incoming texts as opt-out, opt-in, or neither.

A person may revoke consent "in any reasonable manner", and certain keywords always revoke it
(47 CFR 64.1200(a)(10)); Quo acts on only six of them. So this module detects those keywords, and free
wording by rules, which make a result explainable. In doubt the rules favor an opt-out, but a canceled
appointment is none. An opt-in must be unambiguous.

Keywords are always detected. Free-form wording is best effort: the rules found about five in six
sentences that they were not written for.

Automatic notices ("Reply STOP to unsubscribe") are ignored. A message is folded to plain words and split into clauses; `opt_out_patterns` has the patterns.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from quo_mcp.safety import opt_out_patterns
from quo_mcp.safety.automatic_notices import remove_notices

OptOutSignal = Literal["out", "in"]


class OptOutStatus(NamedTuple):
    """The latest opt-out or opt-in of a person. at, text: the time and the original text of that message."""

    opted_out: bool
    at: datetime
    text: str


def opt_out_status(
    messages: Iterable[tuple[datetime | None, str]], *, now: datetime
) -> OptOutStatus | None:
    """Return the latest opt-out or opt-in among a person's incoming texts; None if there is neither.

    At equal times, the opt-out wins. An opt-out without a time counts as of now; an opt-in without a
    time is ignored.

    messages: times and texts, in any order; the times are all aware or all naive.
    """
    statuses = (
        OptOutStatus(signal == "out", at or now, text)
        for at, text in messages
        if (signal := classify(text)) == "out" or (signal == "in" and at)
    )
    return max(statuses, key=lambda status: (status.at, status.opted_out), default=None)


def classify(text: str) -> OptOutSignal | None:
    """Classify one incoming text: "out" (opt-out), "in" (opt-in), or None."""
    if opt_out_patterns.REACTION.match(text):
        return None
    text = remove_notices(text)
    unquoted = opt_out_patterns.QUOTATION.sub(_drop_quotation, text)
    if not any(char.isalnum() for char in unquoted):
        unquoted = text
    clauses = _split_clauses(unquoted)
    if _is_stop_keyword(unquoted, " ".join(clauses)) or _has_stop_clause(clauses):
        return "out"
    return "in" if _is_opt_in(unquoted, clauses) else None


def _drop_quotation(quotation: re.Match[str]) -> str:
    """Drop a quotation, which is someone else's words, unless it is a single word."""
    return quotation[0] if len(quotation[0].split()) == 1 else " "


def _is_stop_keyword(text: str, folded: str) -> bool:
    """Return whether the whole message is a keyword in any decoration, or starts with a shouted STOP."""
    if not folded:
        return "\N{OCTAGONAL SIGN}" in text
    without_repeats = re.sub(r"(.)\1+", r"\1", folded.replace(" ", ""))
    return bool(
        opt_out_patterns.STOP_LETTERS.fullmatch(without_repeats)
        or opt_out_patterns.STOP_KEYWORDS.fullmatch(_remove_courtesy(folded))
        or opt_out_patterns.OPT_OUT_AT_END.search(folded)
        or opt_out_patterns.SHOUTED_STOP.match(text)
    )


def _has_stop_clause(clauses: Sequence[str]) -> bool:
    """Return whether one of the clauses asks for no more texts and the others do not contradict it."""
    bare = [_remove_courtesy(clause, opt_out_patterns.REQUEST_WORDS) for clause in clauses]
    has_praise = any(map(opt_out_patterns.PRAISE.fullmatch, clauses))
    if not has_praise and any(map(opt_out_patterns.STOP_CLAUSE.fullmatch, bare)):
        return True
    candidates = [clause for clause in clauses if not opt_out_patterns.NOT_OPT_OUT.search(clause)]
    requests = [
        match[0] for clause in candidates for match in opt_out_patterns.OPT_OUT.finditer(clause)
    ]
    if any(map(opt_out_patterns.TEXT_PREFERRED.search, clauses)):
        return not all(map(_is_about_calls, requests))
    return bool(requests)


def _is_about_calls(request: str) -> bool:
    """Return whether the request is about calls or email only."""
    return bool(
        opt_out_patterns.CALL_OR_EMAIL.search(request)
        and not opt_out_patterns.TEXT_CHANNEL.search(request)
    )


def _is_opt_in(text: str, clauses: Sequence[str]) -> bool:
    """Return whether a message unambiguously asks for texts again. A question or a negation does not."""
    if "?" in text or any(map(opt_out_patterns.NOT_OPT_IN.search, clauses)):
        return False
    keyword = opt_out_patterns.OPT_IN_KEYWORDS.fullmatch(" ".join(clauses))
    return bool(keyword) or any(map(opt_out_patterns.OPT_IN.search, clauses))


def _remove_courtesy(
    clause: str, courtesy: re.Pattern[str] = opt_out_patterns.COURTESY_WORDS
) -> str:
    """Remove words of courtesy from a clause."""
    return " ".join(courtesy.sub("", clause).split())


def _split_clauses(text: str) -> list[str]:
    """Split a text into clauses of lower-case words without accents, apostrophes and invisible characters."""
    # Remove combining marks first: normalizing a long run of them takes quadratic time.
    plain = "".join(char for char in text if unicodedata.category(char) not in {"Mn", "Me", "Cf"})
    with_or = opt_out_patterns.CHANNEL_LIST.sub(r"\1 or ", plain)
    letters = (
        unicodedata.normalize("NFKD", with_or).translate(opt_out_patterns.LETTER_FOLDING).casefold()
    )
    folded = "".join(char for char in letters if unicodedata.category(char) != "Mn")
    words = (
        " ".join(opt_out_patterns.WORD.findall(clause))
        for clause in opt_out_patterns.CLAUSE_BREAK.split(folded)
    )
    return [clause for clause in words if clause]
