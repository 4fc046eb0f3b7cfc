"""A text as it would go out: to whom, from where, how large, at what price, and what stands against it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from quo_mcp import numbers, segments
from quo_mcp.outside import in_quotes, inline
from quo_mcp.quo import Quo
from quo_mcp.records import Page
from quo_mcp.rendering import View, block, written
from quo_mcp.tools.messages import Message, message_block

ELSEWHERE = 10  # cents a segment, taken for countries whose price we do not know: more than most


@dataclass(frozen=True)
class Draft:
    """A text as it would go out.

    user_id: the teammate it is sent as. mark_done: its thread is marked done by sending it. last: the
    latest in the thread. against: what stands in its way.
    """

    to: Sequence[str]
    inbox: str
    text: str
    user_id: str | None = None
    mark_done: bool = False
    last: Sequence[Message] = ()
    against: Sequence[str] = ()

    @property
    def segments(self) -> segments.Segments:
        return segments.segments(self.text)

    @property
    def cents(self) -> int:
        """What it costs by our estimate: Quo bills a segment, and a group by member."""
        return sum(
            int(price * 100)
            if (price := segments.price(self.text, numbers.region(each))) is not None
            else ELSEWHERE * self.segments.count
            for each in self.to
        )

    def size(self) -> str:
        cut = self.segments
        why = f" because of {' '.join(map(inline, cut.culprits[:5]))}" if cut.culprits else ""
        plural = "s" if cut.count > 1 else ""
        return f"{cut.count} segment{plural} ({cut.encoding}{why}), about ${self.cents / 100:.2f}"

    def besides(self, view: View) -> str:
        """As whom it goes and what becomes of the thread, where that was asked for."""
        done = "the thread is marked done"
        if self.user_id:
            return f"As: {view.teammate(self.user_id)}{f'; {done}' * self.mark_done}"
        return done.capitalize() if self.mark_done else ""

    def show(self, view: View) -> str:
        """Everything that matters before it is sent."""
        return block(
            f"To: {view.people(self.to)}",
            "As one group text: each of them sees all the numbers and every reply."
            if len(self.to) > 1
            else None,
            f"From: {view.inbox(self.inbox)}",
            f"{besides}." if (besides := self.besides(view)) else None,
            f"Size: {self.size()}",
            f"Text:\n{written(self.text)}",
            f"It looks unfinished: {', '.join(gaps)}." if (gaps := unfinished(self.text)) else None,
            "The last of the thread:"
            if self.last
            else "Nothing was exchanged with them on this number before.",
            *(message_block(each, view) for each in self.last),
        )


# What writers leave to be filled in. A word in square brackets may be an aside or a name before the
# text, so there it takes a capital amid the text, or a word that such gaps are named by.
GAP = re.compile(
    r"""
    \{+ [A-Za-z_] [^{}\n]{0,40} \}+
  | < [A-Za-z] [A-Za-z0-9_ -]{0,40} >
  | (?<![0-9]) % [A-Za-z_]{2,30} %
  | (?<=[\s\S]) \[ [A-Z] [^\[\]\n]{0,40} \]
  | \[ (?: [A-Za-z]+ [ _-] )? (?i: name | date | time | day | link | url | address | amount | price | number
        | phone | e-?mail | company ) \]
  | _{3,}
  | \b (?: TODO | TBD | FIXME | X{3,} ) \b
  | \b (?i: lorem [ ] ipsum ) \b | \b Lorem \b
    """,
    re.VERBOSE,
)


def unfinished(text: str) -> list[str]:
    """What looks as if it was to be filled in, each in curly quotes; three of it at most."""
    return list(dict.fromkeys(map(in_quotes, GAP.findall(text))))[:3]


async def draft(quo: Quo, text: Draft) -> Draft:
    """The text with its thread's last two messages and all that stands against sending it."""
    page = await quo.api.get(
        Page[Message],
        "messages",
        query={"phoneNumberId": text.inbox, "participants": list(text.to), "maxResults": 2},
    )
    # Without what became of them: it changes by itself, and the question is bound to what it says.
    last = tuple(each.model_copy(update={"status": ""}) for each in reversed(page.data))
    return replace(text, last=last, against=await quo.recipients.verdicts(text.to))
