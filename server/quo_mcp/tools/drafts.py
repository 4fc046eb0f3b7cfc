"""A text as it would go out: to whom, from where, how large, at what price, and what stands against it."""

from collections.abc import Sequence
from dataclasses import dataclass

from quo_mcp import numbers, segments
from quo_mcp.outside import inline
from quo_mcp.quo import Quo
from quo_mcp.records import Page
from quo_mcp.rendering import View, block, written
from quo_mcp.tools.messages import Message, message_block

ELSEWHERE = 10  # cents a segment, taken for countries whose price we do not know: more than most


@dataclass(frozen=True)
class Draft:
    """A text as it would go out. against: what stands in its way. last: the latest in the thread."""

    to: Sequence[str]
    inbox: str
    text: str
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

    def show(self, view: View) -> str:
        """Everything that matters before it is sent."""
        return block(
            f"To: {view.people(self.to)}",
            "As one group text: each of them sees all the numbers and every reply."
            if len(self.to) > 1
            else None,
            f"From: {view.inbox(self.inbox)}",
            f"Size: {self.size()}",
            f"Text:\n{written(self.text)}",
            "The last of the thread:"
            if self.last
            else "Nothing was exchanged with them on this number before.",
            *(message_block(each, view) for each in self.last),
        )


async def draft(quo: Quo, to: Sequence[str], inbox: str, text: str) -> Draft:
    """The text with its thread's last two messages and all that stands against sending it."""
    page = await quo.api.get(
        Page[Message],
        "messages",
        query={"phoneNumberId": inbox, "participants": list(to), "maxResults": 2},
    )
    # Without what became of them: it changes by itself, and the question is bound to what it says.
    last = [each.model_copy(update={"status": ""}) for each in page.data]
    return Draft(
        to, inbox, text, last=tuple(reversed(last)), against=await quo.recipients.verdicts(to)
    )
