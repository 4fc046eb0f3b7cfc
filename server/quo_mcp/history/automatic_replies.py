"""Which of our messages were probably sent by Quo on its own: replies to missed calls, after hours or on vacation.

Quo does not mark them. Two signs tell them from a person's: the same words went to several conversations,
or the message followed an incoming one within seconds, although no person was in the conversation.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

from quo_mcp.history.span import ActivityItem, ConversationActivity, activity_time
from quo_mcp.records.calls import Call
from quo_mcp.records.messages import Message

MAX_REPLY_DELAY = timedelta(seconds=90)
# A person who is writing with someone also answers within seconds, but not out of nowhere.
EXCHANGE_GAP = timedelta(hours=1)
MIN_WORDS = 4  # shorter texts ("On my way") are the same in many conversations by chance


def find_automatic_replies(activities: Sequence[ConversationActivity]) -> frozenset[str]:
    """Return the ids of our messages that are probably automatic. activities: of as many conversations as known."""
    repeated = repeated_words([activity.messages for activity in activities])
    return frozenset(
        message_id
        for activity in activities
        for message_id in automatic_in_conversation(activity.messages, activity.calls, repeated)
    )


def find_automatic_messages(conversations: Sequence[Sequence[Message]]) -> frozenset[str]:
    """Return the ids of our messages that are probably automatic, from messages alone, by conversation."""
    repeated = repeated_words(conversations)
    return frozenset(
        message_id
        for messages in conversations
        for message_id in automatic_in_conversation(messages, repeated=repeated)
    )


def repeated_words(conversations: Sequence[Sequence[Message]]) -> set[str]:
    """Return the words, see `same_words`, that went to several conversations."""
    conversations_by_words: dict[str, set[int]] = defaultdict(set)
    for index, messages in enumerate(conversations):
        for message in messages:
            if message.direction == "outgoing":
                conversations_by_words[same_words(message.text)].add(index)
    return {
        words
        for words, indexes in conversations_by_words.items()
        if len(indexes) > 1 and len(words.split()) >= MIN_WORDS
    }


def automatic_in_conversation(
    messages: Iterable[Message],
    calls: Iterable[Call] = (),
    repeated: Iterable[str] = (),
) -> list[str]:
    """Return the ids of the probably automatic messages of one conversation.

    repeated: the words (see `same_words`) that went to several conversations.
    """
    repeated = set(repeated)
    automatic: list[str] = []
    incoming_at = person_at = None
    items: list[ActivityItem] = [*messages, *calls]
    for item in sorted(items, key=activity_time):
        time = activity_time(item)
        if isinstance(item, Call):
            if item.is_missed:
                incoming_at = item.completed_at or time
            elif item.direction == "outgoing":
                person_at = time
        elif item.direction != "outgoing":
            incoming_at = time
        else:
            is_immediate = incoming_at is not None and time - incoming_at <= MAX_REPLY_DELAY
            is_alone = person_at is None or time - person_at > EXCHANGE_GAP
            if same_words(item.text) in repeated or (is_immediate and is_alone):
                automatic.append(item.id)
            else:
                person_at = time
            incoming_at = None  # a second message within seconds answers nothing new
    return automatic


def same_words(text: str) -> str:
    """Return the words of a text, by which texts are compared: without case, punctuation and spacing."""
    return " ".join(re.findall(r"\w+", text.casefold()))
