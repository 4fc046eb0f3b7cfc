"""What a person is asked before a call, and what their yes is then about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quo_mcp.tools.rendering import View


class Showing(View):
    """A view that remembers whom, what place and what moment it showed.

    What they are called is left out of it: names are often still being read when a person is asked,
    and a yes must not lapse because they have come in since.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._shown: set[str] = set()

    def about(self, text: str) -> list[str]:
        """What a text made with this view is about: what was shown, and each line of quoted words."""
        return [*sorted(self._shown), *(line for line in text.splitlines() if line[:1] == ">")]

    def person(self, number: str) -> str:
        self._shown.add(number)
        return super().person(number)

    def name(self, number: str) -> str:
        self._shown.add(number)
        return super().name(number)

    def inbox(self, id_or_number: str) -> str:
        self._shown.add(id_or_number)
        return super().inbox(id_or_number)

    def inbox_name(self, id_or_number: str) -> str:
        self._shown.add(id_or_number)
        return super().inbox_name(id_or_number)

    def teammate(self, user_id: str) -> str:
        self._shown.add(user_id)
        return super().teammate(user_id)

    def when(self, moment: datetime) -> str:
        self._shown.add(moment.isoformat())
        return super().when(moment)

    def day(self, moment: datetime) -> str:
        self._shown.add(moment.isoformat())
        return super().day(moment)


@dataclass(frozen=True)
class Question:
    """What a person is asked. about: what a yes holds for. footer: what helps to read it, and may change."""

    text: str
    about: Sequence[str] = ()
    footer: str = ""

    def __str__(self) -> str:
        return "\n".join(filter(None, [self.text, self.footer]))
