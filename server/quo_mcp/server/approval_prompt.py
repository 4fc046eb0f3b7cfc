"""The approval prompt of a tool call, and the subject that an approval covers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quo_mcp.server.result_text import cut_long_lines
from quo_mcp.tools.rendering import Presenter

MAX_LINES = 40
MAX_LINE_BYTES = 500


class RecordingPresenter(Presenter):
    """A presenter that records the numbers, inboxes, teammates and times it formats.

    It does not record names. Names may still be loading when the user is asked, and an approval must not become
    invalid once they are loaded.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._mentioned: set[str] = set()

    def subject_of(self, text: str) -> list[str]:
        """Return the subject of a text made with this presenter: everything recorded, and each line of quoted text."""
        return [*sorted(self._mentioned), *(line for line in text.splitlines() if line[:1] == ">")]

    def person(self, number: str) -> str:
        self._mentioned.add(number)
        return super().person(number)

    def short_name(self, number: str) -> str:
        self._mentioned.add(number)
        return super().short_name(number)

    def inbox(self, id_or_number: str) -> str:
        self._mentioned.add(id_or_number)
        return super().inbox(id_or_number)

    def inbox_name(self, id_or_number: str) -> str:
        self._mentioned.add(id_or_number)
        return super().inbox_name(id_or_number)

    def teammate(self, user_id: str) -> str:
        self._mentioned.add(user_id)
        return super().teammate(user_id)

    def time(self, moment: datetime) -> str:
        self._mentioned.add(moment.isoformat())
        return super().time(moment)

    def day(self, moment: datetime) -> str:
        self._mentioned.add(moment.isoformat())
        return super().day(moment)


@dataclass(frozen=True)
class ApprovalPrompt:
    """The question to the user.

    subject: what an approval covers. footer: reading aids, not part of the subject. can_shorten: whether the
    question may be cut where it is long: it shows an item that others wrote, and nothing to send.
    """

    text: str
    subject: Sequence[str] = ()
    footer: str = ""
    can_shorten: bool = False

    def __str__(self) -> str:
        text = shorten_question(self.text) if self.can_shorten else self.text
        return "\n".join(filter(None, [text, self.footer]))


def shorten_question(text: str) -> str:
    """Return the text with at most MAX_LINES lines of MAX_LINE_BYTES, and what is not shown."""
    lines = cut_long_lines(text, MAX_LINE_BYTES).split("\n")
    if len(lines) > MAX_LINES:
        lines = [*lines[:MAX_LINES], f"({len(lines) - MAX_LINES:,} more lines are not shown.)"]
    return "\n".join(lines)
