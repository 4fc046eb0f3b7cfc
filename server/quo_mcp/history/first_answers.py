"""The first human answer to incoming messages: to whom, when and by whom."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from quo_mcp.history.answers import is_answer
from quo_mcp.history.closing_words import is_closing
from quo_mcp.history.span import ActivityItem, ConversationActivity, activity_time
from quo_mcp.records.calls import Call
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.messages import Message


@dataclass(frozen=True)
class FirstAnswer:
    """Incoming messages in a row, and the first human answer to them.

    first: the first message of the row. answer: a message or a call; None if there is none yet.
    """

    conversation: Conversation
    first: Message
    answer: ActivityItem | None

    @property
    def asked_at(self) -> datetime:
        return activity_time(self.first)

    @property
    def answered_by(self) -> str | None:
        """The teammate who answered (US…); None if no one did, or Quo does not say."""
        if isinstance(self.answer, Call):
            return self.answer.handler_id
        return self.answer.user_id if self.answer else None


def find_first_answers(
    activities: Iterable[ConversationActivity], automatic: Collection[str]
) -> Iterator[FirstAnswer]:
    """Yield every row of incoming messages with its first answer.

    An answer from another inbox to the same person or group counts. A row of closing words only ("thanks!")
    asks for no answer and is left out.

    automatic: ids of automatic messages, which are no answers.
    """
    by_people: dict[frozenset[str], list[tuple[Conversation, ActivityItem]]] = defaultdict(list)
    for activity in activities:
        conversation = activity.conversation
        by_people[frozenset(conversation.participants)] += [
            (conversation, item) for item in activity.items
        ]
    for pairs in by_people.values():
        row: list[tuple[Conversation, Message]] = []
        for conversation, item in sorted(pairs, key=lambda pair: activity_time(pair[1])):
            if is_answer(item, automatic):
                yield from _first_answer(row, item)
                row = []
            elif isinstance(item, Message) and item.direction != "outgoing":
                row.append((conversation, item))
        yield from _first_answer(row, None)


def _first_answer(
    row: list[tuple[Conversation, Message]], answer: ActivityItem | None
) -> Iterator[FirstAnswer]:
    if row and not all(is_closing(message.text) for _, message in row):
        yield FirstAnswer(*row[0], answer)
