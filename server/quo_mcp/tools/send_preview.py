"""A text as it would go out: to whom, from where, how large, at what price, and what stands against it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from quo_mcp.errors import Refusal
from quo_mcp.records.base import Page
from quo_mcp.records.messages import Message
from quo_mcp.safety import placeholders
from quo_mcp.safety.near_duplicates import Lately
from quo_mcp.safety.send_record import Intent, SendRecord, State
from quo_mcp.tools.context import Quo
from quo_mcp.tools.messages import message_block
from quo_mcp.tools.rendering import View, block, written
from quo_mcp.values import phone_numbers, sms_segments
from quo_mcp.values.untrusted import inline

ELSEWHERE = 10  # cents a segment, taken for countries whose price we do not know: more than most
SHOWN = 2  # of the thread
LOOKED_AT = 10  # of the thread, for our latest text in it
SELDOM_TEXTED = {"toll-free": "a toll-free number", "fixed line": "a landline"}


@dataclass(frozen=True)
class Draft:
    """A text as it would go out.

    user_id: the teammate it is sent as. mark_done: its thread is marked done by sending it.
    key, again: as in Intent. thread: the latest of it, newest first. lately: what went to them a moment
    ago. earlier: the send that would be the answer in its place. against: what else stands in its way.
    """

    to: Sequence[str]
    inbox: str
    text: str
    user_id: str | None = None
    mark_done: bool = False
    key: str | None = None
    again: bool = False
    thread: Sequence[Message] = ()
    lately: Lately = field(default_factory=Lately)
    earlier: SendRecord | None = None
    against: Sequence[str] = ()

    def intent(self, quo: Quo) -> Intent:
        return Intent(
            account=quo.account,
            inbox=self.inbox,
            to=tuple(self.to),
            text=self.text,
            cents=self.cents,
            key=self.key,
            again=self.again,
            approval=quo.approval,
        )

    @property
    def segments(self) -> sms_segments.Segments:
        return sms_segments.segments(self.text)

    @property
    def cents(self) -> int:
        """What it costs by our estimate: Quo bills a segment, and a group by member."""
        return sum(
            int(price * 100)
            if (price := sms_segments.price(self.text, phone_numbers.region(each))) is not None
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
        last = self.thread[:SHOWN][::-1]
        return block(
            f"To: {view.people(self.to)}",
            "As one group text: each of them sees all the numbers and every reply."
            if len(self.to) > 1
            else None,
            f"From: {view.inbox(self.inbox)}",
            f"{besides}." if (besides := self.besides(view)) else None,
            f"Size: {self.size()}",
            f"Text:\n{written(self.text)}",
            *self.doubts(view),
            "The last of the thread:" if last else "No texts with them on this number before.",
            *(message_block(each, view) for each in last),
        )

    def doubts(self, view: View) -> list[str]:
        """What does not stand against sending it, and may be a reason not to."""
        ours = next((each for each in self.thread if each.direction == "outgoing"), None)
        seldom = [
            f"{view.person(each)} is {what}: those often take no texts."
            for each in self.to
            if (what := SELDOM_TEXTED.get(phone_numbers.kind(each)))
        ]
        same, like = self.lately
        lines = [
            unfinished(self.text),
            again(same, view) if self.again and same and not self.earlier else None,
            much_the_same(like, view.now) if like else None,
            "The last text to them was not delivered."
            if ours and ours.status == "undelivered"
            else None,
            *seldom,
        ]
        return [each for each in lines if each]


def unfinished(text: str) -> str | None:
    """That something in it may have been left to be filled in."""
    left = placeholders.gaps(text).perhaps
    return f"It looks unfinished: {', '.join(left)}." if left else None


def again(same: SendRecord, view: View) -> str:
    when = view.when(same.began_at or same.created_at)
    return f"The same text went to them already, {when}: this sends it once more."


def much_the_same(like: SendRecord, now: datetime) -> str:
    """A text of nearly these words that went to them before, so that a slip shows before or right after it."""
    seconds = (now - (like.began_at or like.created_at)).total_seconds()
    if seconds < 2:
        ago = "a moment"
    else:
        ago = f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"
    went = "went" if like.state is State.SENT else "may have gone"
    return f"Much the same {went} to them {ago} ago:\n{written(like.text or '')}"


async def draft(quo: Quo, text: Draft) -> Draft:
    """The text with the latest of its thread and of what went to the same people."""
    page = await quo.api.get(
        Page[Message],
        "messages",
        query={"phoneNumberId": text.inbox, "participants": list(text.to), "maxResults": LOOKED_AT},
    )
    return replace(text, thread=tuple(page.data), lately=await quo.outbox.lately(text.intent(quo)))


async def preview(quo: Quo, text: Draft) -> Draft:
    """The same with all that stands against sending it. Nothing is sent, and nothing is reserved."""
    against = await quo.recipients.verdicts(text.to)
    earlier = None
    try:
        placeholders.check(text.text)
    except Refusal as refusal:
        against.append(str(refusal))
    try:
        await quo.gateway.may_write()
    except Refusal as refusal:
        against.append(str(refusal))
    try:
        earlier = await quo.outbox.foresee(text.intent(quo))
    except Refusal as refusal:
        against.append(str(refusal))
    # A journal that cannot be read stands in the way of each rule that needs it: once is enough.
    return replace(await draft(quo, text), earlier=earlier, against=[*dict.fromkeys(against)])
