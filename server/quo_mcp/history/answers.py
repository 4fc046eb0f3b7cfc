"""Who waits for an answer from us, and whether a missed call was returned: rules over what was collected.

An answer is a message that a person wrote and that was not undelivered, or a call on which both sides spoke.
An automatic reply and a call by Quo's AI agent Sona are no answers.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from quo_mcp.directory.conversation_scan import EARLIEST_TIME
from quo_mcp.history.closing_words import is_closing
from quo_mcp.history.span import ActivityItem, ConversationActivity, activity_time
from quo_mcp.records.calls import Call
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.messages import UNDELIVERED_STATUSES, Message


@dataclass(frozen=True)
class Waiting:
    """What waits for an answer in one conversation.

    items: the unanswered messages and missed calls, oldest first; at least one.
    attempt: our latest call since then without an answer. automatic_reply: the latest reply since then.
    """

    conversation: Conversation
    items: Sequence[ActivityItem]
    attempt: Call | None = None
    automatic_reply: Message | None = None

    @property
    def since(self) -> datetime:
        return activity_time(self.items[0])

    @property
    def latest(self) -> datetime:
        return activity_time(self.items[-1])

    @property
    def position(self) -> tuple[datetime, str]:
        """The place in a list, the longest waiting first."""
        return self.since, self.conversation.id

    @property
    def is_closing(self) -> bool:
        """Whether all of it are closing words, so that probably nothing is to do."""
        return all(isinstance(item, Message) and is_closing(item.text) for item in self.items)


@dataclass(frozen=True)
class CallBack:
    """What happened after a missed call.

    reached: the first later call on which both sides spoke. attempt: our first later call without an answer.
    message: our first later message that a person wrote.
    """

    reached: Call | None = None
    attempt: Call | None = None
    message: Message | None = None


def find_waiting(activity: ConversationActivity, automatic: Collection[str]) -> Waiting | None:
    """Return what waits in a conversation; None if nothing does. automatic: ids of automatic messages."""
    items: list[ActivityItem] = []
    attempt = automatic_reply = None
    for item in reversed(activity.items):
        if is_answer(item, automatic):
            items, attempt, automatic_reply = [], None, None
        elif needs_answer(item):
            items.append(item)
        elif items and isinstance(item, Call) and is_attempt(item):
            attempt = item
        elif items and isinstance(item, Message) and item.id in automatic:
            automatic_reply = item
    if not items:
        return None
    return Waiting(activity.conversation, items, attempt, automatic_reply)


def find_all_waiting(
    activities: Sequence[ConversationActivity], automatic: Collection[str]
) -> list[Waiting]:
    """Return what waits in all conversations, the longest waiting first.

    An answer from another inbox to the same person or group counts as well.
    """
    answered_at = answer_times(activities, automatic)
    waiting = []
    for activity in activities:
        entry = find_waiting(activity, automatic)
        if entry and entry.latest > answered_at.get(_people_of(activity), EARLIEST_TIME):
            waiting.append(entry)
    return sorted(waiting, key=lambda entry: entry.position)


def answer_times(
    activities: Sequence[ConversationActivity], automatic: Collection[str]
) -> dict[tuple[str, ...], datetime]:
    """Return when each person or group was last answered, on any inbox."""
    answered_at: dict[tuple[str, ...], datetime] = {}
    for activity in activities:
        people = _people_of(activity)
        for item in activity.items:
            if is_answer(item, automatic):
                answered_at[people] = max(
                    answered_at.get(people, EARLIEST_TIME), activity_time(item)
                )
    return answered_at


def _people_of(activity: ConversationActivity) -> tuple[str, ...]:
    return tuple(sorted(activity.conversation.participants))


def find_sona_calls(
    activities: Sequence[ConversationActivity], automatic: Collection[str]
) -> list[Call]:
    """Return each person's latest call that Sona took, if no person answered since, oldest first.

    An answer from another inbox to the same person counts as well.
    """
    answered_at = answer_times(activities, automatic)
    calls: dict[tuple[str, ...], Call] = {}
    for activity in activities:
        people = _people_of(activity)
        for call in activity.calls:
            is_later = people not in calls or activity_time(call) > activity_time(calls[people])
            is_open = activity_time(call) > answered_at.get(people, EARLIEST_TIME)
            if call.ai_handled and not call.is_ongoing and is_later and is_open:
                calls[people] = call
    return sorted(calls.values(), key=activity_time)


def find_undelivered(activities: Sequence[ConversationActivity]) -> list[Message]:
    """Return our messages that were not delivered and not followed by one that was, oldest first."""
    undelivered: list[Message] = []
    for activity in activities:
        outgoing = [message for message in activity.messages if message.direction == "outgoing"]
        for message in outgoing:
            if message.status not in UNDELIVERED_STATUSES:
                break
            undelivered.append(message)
    return sorted(undelivered, key=activity_time)


def is_answer(item: ActivityItem, automatic: Collection[str]) -> bool:
    """Return whether an item answers everything before it."""
    if isinstance(item, Call):
        return item.is_answered_by_person
    return (
        item.direction == "outgoing"
        and item.status not in UNDELIVERED_STATUSES
        and item.id not in automatic
    )


def is_attempt(call: Call) -> bool:
    """Return whether a call is ours, and over without an answer."""
    return call.direction == "outgoing" and not (call.is_ongoing or call.is_answered_by_person)


def needs_answer(item: ActivityItem) -> bool:
    return item.is_missed if isinstance(item, Call) else item.direction != "outgoing"


def find_call_back(
    missed: Call,
    calls: Iterable[Call],
    messages: Iterable[Message] = (),
    automatic: Collection[str] = (),
) -> CallBack:
    """Return what happened after a missed call. calls, messages: those with the same person, in any order."""
    start = activity_time(missed)
    later_calls = sorted((call for call in calls if activity_time(call) > start), key=activity_time)
    later_messages = sorted(
        (message for message in messages if activity_time(message) > start), key=activity_time
    )
    reached = next((call for call in later_calls if call.is_answered_by_person), None)
    attempts = (call for call in later_calls if is_attempt(call))
    return CallBack(
        reached,
        None if reached else next(attempts, None),
        next((message for message in later_messages if is_answer(message, automatic)), None),
    )
