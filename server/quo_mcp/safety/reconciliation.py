"""Whether a text whose outcome is unknown is among those seen in the thread."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from quo_mcp.safety.send_record import SendRecord
from quo_mcp.safety.text_normalization import folded

# How far the two clocks may be apart beyond what is known of it. More would take in older texts with the same words.
SKEW = timedelta(seconds=30)
# How late a text may still turn up. One with the same words that comes later is somebody's fresh wish.
LATEST = timedelta(minutes=15)


@dataclass(frozen=True)
class Seen:
    """A text from us that the thread shows. created_at: aware; by our clock, as far as theirs is known."""

    message_id: str
    text: str
    created_at: datetime
    to: tuple[str, ...]
    status: str | None = None


def found(
    record: SendRecord,
    thread: Sequence[Seen],
    *,
    claimed: Collection[str],
    rivals: Sequence[datetime],
) -> Seen | None:
    """The text in the thread that must be this one, or None where that is not certain.

    claimed: ids of messages that are known to be other sends.
    rivals: when the other sends of the same words to the same people began of which no message is
        known. A text in the thread may be any rival's that had begun by then, and each made one at
        most; so this send is certain only where more texts are there than rivals could have made.
    """
    if record.text is None or record.began_at is None:
        return None
    words = folded(record.text)
    began = record.began_at
    candidates = {
        seen.message_id: seen
        for seen in thread
        if seen.message_id not in claimed
        and began - SKEW <= seen.created_at <= began + LATEST
        and set(seen.to) == set(record.to)
        and folded(seen.text) == words
    }
    in_order = sorted(candidates.values(), key=lambda seen: seen.created_at)
    for count, seen in enumerate(in_order, start=1):
        if sum(rival - SKEW <= seen.created_at for rival in rivals) < count:
            return in_order[0]  # the later ones are left to those that began later
    return None
