"""Calls and their artifacts: recordings, voicemail, summary and transcript. Durations are in seconds."""

from quo_mcp.records.activities import Activity
from quo_mcp.records.record import Id, Record, Seconds, Timestamp

ONGOING_STATUSES = frozenset({"queued", "initiated", "ringing", "in-progress"})


class Voicemail(Record):
    """A voicemail of a call. `recording_url` is signed and expires."""

    id: Id
    status: str = ""
    duration: Seconds | None = None
    transcript: str | None = None
    recording_url: str | None = None


class Call(Activity):
    """A call. `participants` holds the numbers of both sides, including the account's own number."""

    phone_number_id: Id | None = None
    user_id: Id | None = None
    participants: tuple[str, ...] = ()
    direction: str = ""
    status: str = ""
    duration: Seconds | None = None
    answered_at: Timestamp | None = None
    completed_at: Timestamp | None = None
    answered_by: str | None = None
    initiated_by: str | None = None
    call_route: str | None = None
    forwarded_from: str | None = None
    forwarded_to: str | None = None
    ai_handled: str | None = None
    voicemail: Voicemail | None = None  # fetched separately; not a part of Quo's call
    voicemail_unknown: bool = False  # the voicemail was not fetched, or the request failed

    @property
    def is_ongoing(self) -> bool:
        return self.status in ONGOING_STATUSES and self.completed_at is None

    @property
    def handler_id(self) -> str | None:
        """The teammate who made or answered the call (US…); None if no teammate did, or Quo does not say."""
        if self.direction == "outgoing":
            return self.initiated_by or self.user_id
        return self.answered_by or (self.user_id if self.answered_at else None)

    @property
    def is_answered_by_person(self) -> bool:
        """Whether both sides spoke: a teammate and the other party, not Quo's AI agent Sona."""
        return bool(self.answered_at or self.answered_by) and not self.ai_handled

    @property
    def is_missed(self) -> bool:
        """Whether the call was incoming, and neither a person nor Sona took it."""
        handled = self.answered_at or self.answered_by or self.ai_handled or self.forwarded_to
        return self.direction == "incoming" and not (self.is_ongoing or handled)


class Recording(Record):
    """A recording. `url` is signed and expires; `type` is a MIME type."""

    id: Id
    status: str | None = None
    start_time: Timestamp | None = None
    duration: Seconds | None = None
    url: str | None = None
    type: str | None = None


class JobResultField(Record):
    name: str = ""
    value: str | int | float | bool | None = None


class JobResult(Record):
    data: tuple[JobResultField, ...] = ()


class SonaJob(Record):
    """A task that Sona, Quo's AI agent, carried out on the call."""

    name: str = ""
    result: JobResult = JobResult()


class CallArtifact(Record):
    """What Quo makes of a call with its AI. `status` is "absent" if there is none."""

    call_id: Id | None = None
    status: str = ""


class CallSummary(CallArtifact):
    summary: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()
    jobs: tuple[SonaJob, ...] = ()


class Utterance(Record):
    """One utterance; times are seconds from the start of the call. The speaker may be unknown.

    identifier: the speaker's phone number. user_id: the speaker, if a teammate.
    """

    content: str = ""
    start: Seconds = 0
    end: Seconds = 0
    identifier: str | None = None
    user_id: Id | None = None


class CallTranscript(CallArtifact):
    created_at: Timestamp | None = None
    duration: Seconds | None = None
    dialogue: tuple[Utterance, ...] = ()
