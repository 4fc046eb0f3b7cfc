"""Counts of calls and messages in a span, in total and by group. Pure: it reads nothing and words nothing.

The span is closed at its start and open at its end. What follows an item (a call-back, an answer)
may be later than the span.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import ceil
from typing import Generic, TypeAlias, TypeVar

from quo_mcp.history.answers import find_call_back
from quo_mcp.history.first_answers import FirstAnswer, find_first_answers
from quo_mcp.history.span import ActivityItem, ConversationActivity, activity_time
from quo_mcp.records.calls import Call
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.messages import UNDELIVERED_STATUSES, Message

GroupKey: TypeAlias = date | int | str | tuple[str, ...] | None
"""A local day, an hour of the day, an id, the numbers of a person or group, or None for no teammate."""

ElapsedSeconds: TypeAlias = Callable[[datetime, datetime], float]
"""Returns the seconds between two moments that count, such as those within business hours."""

Counts = TypeVar("Counts", "CallCounts", "MessageCounts")


@dataclass(frozen=True)
class Span:
    """From `start` on, before `end`."""

    start: datetime
    end: datetime

    def holds(self, item: ActivityItem) -> bool:
        return self.start <= activity_time(item) < self.end


@dataclass
class CallCounts:
    """Counts of calls. Each incoming call is exactly one of answered, by_sona, missed and other_incoming.

    answered: a teammate spoke. by_sona: Quo's AI agent took it. other_incoming: forwarded, or in progress.
    voicemails: among the missed. voicemails_unknown: missed, and not looked up.
    called_back_after: seconds from each missed call to a later one on which a teammate spoke.
    tried: missed calls after which we called without an answer.
    talk_seconds: on calls on which a teammate spoke. sona_seconds: on calls that Sona took.
    """

    incoming: int = 0
    answered: int = 0
    by_sona: int = 0
    missed: int = 0
    other_incoming: int = 0
    outgoing: int = 0
    outgoing_answered: int = 0
    voicemails: int = 0
    voicemails_unknown: int = 0
    tried: int = 0
    called_back_after: list[float] = field(default_factory=list)
    talk_seconds: float = 0
    sona_seconds: float = 0

    @property
    def total(self) -> int:
        return self.incoming + self.outgoing

    def add(self, call: Call) -> None:
        """Count a call, without what followed it."""
        seconds = talk_seconds(call)
        if call.is_answered_by_person:
            self.talk_seconds += seconds
        elif call.ai_handled:
            self.sona_seconds += seconds
        if call.direction == "outgoing":
            self.outgoing += 1
            self.outgoing_answered += call.is_answered_by_person
            return
        self.incoming += 1
        if call.ai_handled:
            self.by_sona += 1
        elif call.is_answered_by_person:
            self.answered += 1
        elif call.is_missed:
            self.missed += 1
            self.voicemails += call.voicemail is not None
            self.voicemails_unknown += call.voicemail_unknown
        else:
            self.other_incoming += 1


@dataclass
class MessageCounts:
    """Counts of messages.

    automatic: outgoing ones that are probably automatic, among `outgoing`. undelivered: among `outgoing`.
    answered_after: seconds from incoming messages in a row to the first human answer.
    unanswered: rows of incoming messages without a human answer yet.
    """

    incoming: int = 0
    outgoing: int = 0
    automatic: int = 0
    undelivered: int = 0
    unanswered: int = 0
    answered_after: list[float] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.incoming + self.outgoing

    def add(self, message: Message, automatic: Collection[str]) -> None:
        if message.direction != "outgoing":
            self.incoming += 1
            return
        self.outgoing += 1
        self.automatic += message.id in automatic
        self.undelivered += message.status in UNDELIVERED_STATUSES


@dataclass(frozen=True)
class Statistics(Generic[Counts]):
    """The counts in total, and by group."""

    total: Counts
    groups: Mapping[GroupKey, Counts]


def talk_seconds(call: Call) -> float:
    """Return how long people spoke: Quo's duration, or the time from the answer to the end if Quo gives none."""
    if call.duration or not (call.answered_at and call.completed_at):
        return call.duration or 0
    return (call.completed_at - call.answered_at).total_seconds()


def count_calls(
    activities: Sequence[ConversationActivity],
    span: Span,
    *,
    group_of: Callable[[Conversation, Call], GroupKey],
    elapsed: ElapsedSeconds,
) -> Statistics[CallCounts]:
    """Count the calls of a span. activities: everything since its start, for the call-backs."""
    total, groups = CallCounts(), defaultdict[GroupKey, CallCounts](CallCounts)
    calls_by_person: dict[tuple[str, ...], list[Call]] = defaultdict(list)
    for activity in activities:
        calls_by_person[activity.conversation.participants] += activity.calls
    for activity in activities:
        for call in filter(span.holds, activity.calls):
            targets = (total, groups[group_of(activity.conversation, call)])
            for counts in targets:
                counts.add(call)
            if not call.is_missed:
                continue
            call_back = find_call_back(call, calls_by_person[activity.conversation.participants])
            for counts in targets:
                if call_back.reached:
                    counts.called_back_after.append(
                        elapsed(activity_time(call), activity_time(call_back.reached))
                    )
                counts.tried += call_back.attempt is not None
    return Statistics(total, dict(groups))


def count_messages(
    activities: Sequence[ConversationActivity],
    span: Span,
    automatic: Collection[str],
    *,
    group_of: Callable[[Conversation, Message], GroupKey],
    group_of_answer: Callable[[FirstAnswer], GroupKey],
    elapsed: ElapsedSeconds,
) -> Statistics[MessageCounts]:
    """Count the messages of a span. activities: everything since its start, for the answers."""
    total, groups = MessageCounts(), defaultdict[GroupKey, MessageCounts](MessageCounts)
    for activity in activities:
        for message in filter(span.holds, activity.messages):
            for counts in (total, groups[group_of(activity.conversation, message)]):
                counts.add(message, automatic)
    for first_answer in find_first_answers(activities, automatic):
        if not span.holds(first_answer.first):
            continue
        for counts in (total, groups[group_of_answer(first_answer)]):
            if first_answer.answer is None:
                counts.unanswered += 1
            else:
                counts.answered_after.append(
                    elapsed(first_answer.asked_at, activity_time(first_answer.answer))
                )
    return Statistics(total, dict(groups))


def median(seconds: Iterable[float]) -> float:
    """Return the middle of the times; of an even number, the mean of the two in the middle. There must be one."""
    import statistics  # noqa: PLC0415 - it imports decimal and random, which a start does not need

    return statistics.median(seconds)


def percentile_90(seconds: Iterable[float]) -> float:
    """Return the shortest of the times within which at least 90 % of them are. There must be one."""
    ordered = sorted(seconds)
    return ordered[ceil(0.9 * len(ordered)) - 1]
