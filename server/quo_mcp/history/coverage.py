"""What a list over many conversations covers: what was read, what was not, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from quo_mcp.errors import Refusal
from quo_mcp.history.query import ActivityQuery, Source
from quo_mcp.records.conversations import Conversation


@dataclass(frozen=True)
class VoicemailCoverage:
    """Which missed calls were looked up for a voicemail.

    failures: the calls whose lookup failed, by id. skipped: ids of the calls that were
    not looked up within the time of the call.
    """

    failures: Mapping[str, Refusal] = field(default_factory=dict)
    skipped: Sequence[str] = ()

    @property
    def unknown(self) -> set[str]:
        """Ids of the missed calls of which it is unknown whether they have a voicemail."""
        return {*self.failures, *self.skipped}


@dataclass(frozen=True)
class Coverage:
    """What was read for one page of a feed.

    query: what was asked for, with the time range that applied.
    read: sources that were read. failures: sources that could not be read, and why.
    unlisted: conversations with short codes or hidden numbers, whose items Quo does not list.
    has_unread_conversations: whether the next page may hold items newer than the oldest here.
    list_failure: why the list of conversations could not be read to its end, if a request failed.
    is_continued: whether an earlier page exists, with newer items.
    voicemails: None if voicemails were not looked for.
    unreadable_count: items that were left out because they have an unexpected structure.
    has_unknown_end: whether a page token could not be read, so that more items may exist.
    is_out_of_order: whether Quo did not list the newest items first, so that newer ones may be on a later page.
    """

    query: ActivityQuery[Any]
    read: Sequence[Source]
    failures: Mapping[Source, Refusal] = field(default_factory=dict)
    unlisted: Sequence[Conversation] = ()
    has_unread_conversations: bool = False
    list_failure: Refusal | None = None
    is_continued: bool = False
    voicemails: VoicemailCoverage | None = None
    unreadable_count: int = 0
    has_unknown_end: bool = False
    is_out_of_order: bool = False

    @property
    def source_count(self) -> int:
        """The number of sources tried."""
        return len(self.read) + len(self.failures)

    def is_partial(self, next_page: object | None) -> bool:
        """Whether something may exist that this page does not hold. next_page: where it starts, if anywhere."""
        return bool(next_page or self.is_continued or self.has_gaps)

    @property
    def has_gaps(self) -> bool:
        """Whether items may exist that could not be read."""
        return bool(
            self.failures or self.list_failure or self.unreadable_count or self.has_unknown_end
        )


@dataclass(frozen=True)
class SpanCoverage:
    """What was read of a span over many conversations.

    since, until: the span; until None is now. inboxes: the ids asked for; None for all allowed ones.
    read: how many conversations were read to their end.
    skipped: conversations that were not opened because the question allows it, counted by reason ("done", …).
    unlisted: conversations with short codes or hidden numbers, whose items Quo does not list.
    failures: conversations that could not be read, and why.
    unread: how many listed conversations are left for a later call.
    is_list_complete: whether the list of changed conversations was read to its end.
    list_failure: why it was not, if a request failed.
    is_continued: whether earlier pages exist, which hold other conversations.
    unreadable_count: conversations, messages and calls that were left out because they have an unexpected structure.
    """

    since: datetime
    until: datetime | None = None
    inboxes: Sequence[str] | None = None
    read: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    unlisted: Sequence[Conversation] = ()
    failures: Mapping[Conversation, Refusal] = field(default_factory=dict)
    unread: int = 0
    is_list_complete: bool = True
    list_failure: Refusal | None = None
    is_continued: bool = False
    unreadable_count: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether everything in the span was read that Quo's API lists and the question is about.

        The conversations in `unlisted` are not part of it, because Quo's API does not list their items.
        A continued page is complete if it and the pages before it are, so callers say "so far" there.
        """
        return self.is_list_complete and not (self.failures or self.unread or self.unreadable_count)
