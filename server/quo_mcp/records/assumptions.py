"""What this server assumes about Quo beyond its documentation. `quo-mcp doctor --live` checks each on a real account.

Code that relies on an assumption names it, so that a failed check leads to everything that it affects.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias


class Assumption(StrEnum):
    """An assumption, by its name in reports."""

    CONVERSATION_TIME = "conversation-time"
    NEWEST_FIRST = "newest-first"
    PAGE_SIZE = "page-size"
    PAGE_TOKENS = "page-tokens"
    USER_ACCESS = "user-access"
    DONE_SNOOZE = "done-snooze"
    MISSING_ARTIFACTS = "missing-artifacts"
    REPLY_DATE = "reply-date"
    RATE = "rate"


@dataclass(frozen=True)
class AssumptionText:
    """statement: the assumption as a sentence. consequence: what goes wrong if it does not hold."""

    statement: str
    consequence: str


ASSUMPTIONS: Mapping[Assumption, AssumptionText] = {
    Assumption.CONVERSATION_TIME: AssumptionText(
        "A new message or call moves the updatedAt of its conversation.",
        "Opt-outs in other inboxes may be missed, and lists over many conversations may be incomplete.",
    ),
    Assumption.NEWEST_FIRST: AssumptionText(
        "Lists of messages and calls begin with the newest.",
        "The latest items, and an opt-out among them, may be missed.",
    ),
    Assumption.PAGE_SIZE: AssumptionText(
        "Lists of conversations return up to 100 items on a page.", "Lists take more requests."
    ),
    Assumption.PAGE_TOKENS: AssumptionText(
        "A page token leads to the next items, without repeating any.",
        "Lists may be incomplete or repeat items.",
    ),
    Assumption.USER_ACCESS: AssumptionText(
        "userId on a list sets whose access applies, and does not filter by author.",
        "Lists that are read with a teammate's access may be incomplete.",
    ),
    Assumption.DONE_SNOOZE: AssumptionText(
        "A conversation that is done is snoozed until after the year 2100.",
        "Done conversations may be shown as open, or the reverse.",
    ),
    Assumption.MISSING_ARTIFACTS: AssumptionText(
        'A call without a summary, transcript or voicemail is answered with HTTP 404 or the status "absent".',
        "A missing one may be shown as an error.",
    ),
    Assumption.REPLY_DATE: AssumptionText(
        "Replies have a Date header.", "A wrong clock on this machine is not noticed."
    ),
    Assumption.RATE: AssumptionText(
        "Ten requests a second are allowed.", "Calls wait for the rate limit more often."
    ),
}


@dataclass(frozen=True)
class Verdict:
    """The result of the check of one assumption on an account.

    holds: None if the account's data could not tell.
    evidence: what was compared, in numbers only: no name, text, number or id.
    """

    assumption: Assumption
    holds: bool | None
    evidence: str
    checked_at: datetime


Verdicts: TypeAlias = Mapping[Assumption, Verdict]
