"""Calls, and what exists of a call: recordings, voicemail, summary, transcript."""

from datetime import datetime

from quo_mcp.records.activities import Activity
from quo_mcp.records.base import Id, Record

ONGOING = frozenset({"queued", "initiated", "ringing", "in-progress"})


class Voicemail(Record):
    """What was left on a call; seconds. `recording_url` is signed and expires."""

    id: Id
    status: str = ""
    duration: float | None = None
    transcript: str | None = None
    recording_url: str | None = None


class Call(Activity):
    """A call. `participants` holds both ends, the account's own number among them; seconds."""

    phone_number_id: Id | None = None
    user_id: Id | None = None
    participants: tuple[str, ...] = ()
    direction: str = ""
    status: str = ""
    duration: float | None = None
    answered_at: datetime | None = None
    completed_at: datetime | None = None
    answered_by: str | None = None
    initiated_by: str | None = None
    call_route: str | None = None
    forwarded_from: str | None = None
    forwarded_to: str | None = None
    ai_handled: str | None = None
    voicemail: Voicemail | None = None  # Quo keeps it elsewhere: `with_voicemails` puts it here
    unasked: bool = False  # whether there is one is not known: it was not asked, or no answer came

    @property
    def is_ongoing(self) -> bool:
        return self.status in ONGOING and self.completed_at is None

    @property
    def is_missed(self) -> bool:
        """It came in, and neither a person nor Sona took it."""
        taken = self.answered_at or self.answered_by or self.ai_handled or self.forwarded_to
        return not (self.direction == "outgoing" or self.is_ongoing or taken)


class Recording(Record):
    """A recording; `url` is signed and expires, `type` is a MIME type; seconds."""

    id: Id
    status: str | None = None
    start_time: datetime | None = None
    duration: float | None = None
    url: str | None = None
    type: str | None = None


class Fact(Record):
    name: str = ""
    value: str | int | float | bool | None = None


class Facts(Record):
    data: tuple[Fact, ...] = ()


class Job(Record):
    """Something Sona, Quo's agent, did on the call."""

    name: str = ""
    result: Facts = Facts()


class Summary(Record):
    call_id: Id | None = None
    status: str = ""
    summary: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()
    jobs: tuple[Job, ...] = ()


class Utterance(Record):
    """Something said; seconds from the start of the call. Who said it may be unknown."""

    content: str = ""
    start: float = 0
    end: float = 0
    identifier: str | None = None
    user_id: Id | None = None


class Transcript(Record):
    call_id: Id | None = None
    created_at: datetime | None = None
    duration: float | None = None
    status: str = ""
    dialogue: tuple[Utterance, ...] = ()
