"""The index of conversations on disk: ids, inboxes, participants and times, without names or texts."""

import json
import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import anyio
import anyio.to_thread

from quo_mcp.directory.conversation_scan import EARLIEST_TIME
from quo_mcp.directory.indexed_conversation import IndexedConversation, as_utc
from quo_mcp.errors import DatabaseUnavailable, log_crash
from quo_mcp.store.record_store import RecordStore

MAX_AGE = timedelta(days=7)  # of the last reading of all conversations
MAX_STORED = 100_000  # conversations; about 30 MB
_log = logging.getLogger(__name__)


class StoredIndex(NamedTuple):
    """The conversations as of `changes_until`.

    form: what they depend on, such as the account's inboxes. read_at: when the reading of all of them began.
    """

    form: str
    conversations: Sequence[IndexedConversation]
    read_at: datetime
    changes_until: datetime


class StoredConversations:
    """The stored index. If the database cannot be used, it stores and finds nothing.

    records: holds one record per conversation.
    """

    def __init__(self, records: RecordStore) -> None:
        self._records = records
        self._lock = anyio.Lock()  # changes are stored in order

    async def load(self, form: str, now: datetime) -> StoredIndex | None:
        """Return the index, or None if it has another form, is too old, or the clock went back."""

        def load() -> StoredIndex | None:
            stored = self._records.load(form, newer_than=(now - MAX_AGE).timestamp())
            if stored is None or stored.changes_until is None:
                return None
            if max(stored.read_at, stored.changes_until) > now.timestamp():
                return None  # the clock went back: trust no time
            return StoredIndex(
                form,
                [_decode(record) for record in stored.records],
                datetime.fromtimestamp(stored.read_at, UTC),
                datetime.fromtimestamp(stored.changes_until, UTC),
            )

        try:
            return await anyio.to_thread.run_sync(load)
        except (DatabaseUnavailable, ValueError) as error:
            _log.warning("The stored conversations cannot be used (%s).", error)
            return None

    async def save(
        self,
        index: StoredIndex,
        changes: Iterable[IndexedConversation] = (),
        since: datetime | None = None,
    ) -> None:
        """Store the changes since a time; without one, or if older changes are missing, store the whole index.

        A cancellation does not stop it.
        """
        if len(index.conversations) > MAX_STORED:
            return
        until, read_at = index.changes_until.timestamp(), index.read_at.timestamp()

        def save() -> None:
            records = {item.id: _encode(item) for item in changes}
            if since and self._records.put_changes(
                records, index.form, since=since.timestamp(), until=until
            ):
                return
            records = {item.id: _encode(item) for item in index.conversations}
            self._records.replace(records, index.form, read_at=read_at, changes_until=until)

        with anyio.CancelScope(shield=True):
            async with self._lock:
                try:
                    await anyio.to_thread.run_sync(save)
                except DatabaseUnavailable as error:
                    _log.warning("The conversations are not kept (%s).", error)
                except Exception as error:  # noqa: BLE001 - an exception in the task group would end the server
                    log_crash(_log, "keeping the conversations", error)


def _encode(item: IndexedConversation) -> str:
    updated_at, last_activity_at, last_activity_id = item.version
    return json.dumps(
        [
            item.id,
            item.inbox,
            sorted(item.participants),
            item.is_deleted,
            updated_at and updated_at.isoformat(),
            last_activity_at and last_activity_at.isoformat(),
            last_activity_id,
        ]
    )


def _decode(record: str) -> IndexedConversation:
    item_id, inbox, participants, is_deleted, *times, last_activity_id = json.loads(record)
    updated_at, last_activity_at = (time and datetime.fromisoformat(time) for time in times)
    return IndexedConversation(
        item_id,
        inbox,
        frozenset(participants),
        as_utc(last_activity_at) if last_activity_at else EARLIEST_TIME,
        is_deleted,
        (updated_at, last_activity_at, last_activity_id),
    )
