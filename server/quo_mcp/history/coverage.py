"""What a feed covers: what was read, what was not, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from quo_mcp.errors import Refusal
from quo_mcp.history.query import ActivityQuery, Source
from quo_mcp.records.conversations import Conversation


@dataclass(frozen=True)
class VoicemailCoverage:
    """Which missed calls were looked up for a voicemail.

    failures: the calls whose lookup failed, by id. skipped: ids of the calls beyond the limit of lookups.
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
    scan_exhausted: whether the scan of conversations reached its limit before any that could hold items.
    is_continued: whether an earlier page exists, with newer items.
    voicemails: None if voicemails were not looked for.
    """

    query: ActivityQuery[Any]
    read: Sequence[Source]
    failures: Mapping[Source, Refusal] = field(default_factory=dict)
    unlisted: Sequence[Conversation] = ()
    has_unread_conversations: bool = False
    scan_exhausted: bool = False
    is_continued: bool = False
    voicemails: VoicemailCoverage | None = None

    @property
    def source_count(self) -> int:
        """The number of sources tried."""
        return len(self.read) + len(self.failures)

    def is_partial(self, next_page: object | None) -> bool:
        """Whether something may exist that this page does not hold. next_page: where it starts, if anywhere."""
        return bool(next_page or self.failures or self.scan_exhausted or self.is_continued)
