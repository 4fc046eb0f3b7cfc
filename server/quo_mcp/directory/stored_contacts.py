"""The address book on disk, so that names are known right after a restart. Off by default."""

import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import astuple
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeVar

import anyio
import anyio.to_thread

from quo_mcp.directory.address_book import AddressBook, Person
from quo_mcp.directory.cache import Snapshot
from quo_mcp.errors import DatabaseUnavailable
from quo_mcp.records.workspace import PhoneNumber
from quo_mcp.store.record_store import RecordStore

Value = TypeVar("Value")
_FORMAT = 1  # of a stored person; another version of this server may write another one
_log = logging.getLogger(__name__)


def form_of(inboxes: Iterable[PhoneNumber], region: str) -> str:
    """Return what a stored address book depends on.

    Another workspace has other inboxes, so its address book is never taken for this one.
    """
    inbox_ids = ",".join(sorted(inbox.id for inbox in inboxes))
    return f"{_FORMAT} {region} {sha256(inbox_ids.encode()).hexdigest()[:16]}"


class StoredContacts:
    """The stored address book. If the database cannot be used, it stores and finds nothing.

    records: holds one record per contact.
    """

    def __init__(self, records: RecordStore) -> None:
        self._records = records
        self._is_logged = False

    async def load(self, form: str, *, newer_than: datetime) -> Snapshot[AddressBook] | None:
        """Return the address book, or None if it has another form or is not newer."""

        def load() -> Snapshot[AddressBook] | None:
            stored = self._records.load(form, newer_than=newer_than.timestamp())
            if stored is None:
                return None
            book = AddressBook()
            for record in stored.records:
                book.put(_decode(record))
            return Snapshot(book, datetime.fromtimestamp(stored.read_at, UTC))

        return await self._run(load)

    async def save(self, snapshot: Snapshot[AddressBook], form: str) -> None:
        """Store a complete address book in place of the one before."""
        records = {person.id: _encode(person) for person in snapshot.value}
        read_at = snapshot.read_at.timestamp()
        await self._run(lambda: self._records.replace(records, form, read_at=read_at))

    async def put(self, person: Person) -> None:
        """Add or replace one contact. A cancellation does not stop it."""
        with anyio.CancelScope(shield=True):
            await self._run(lambda: self._records.put(person.id, _encode(person)))

    async def remove(self, contact_id: str) -> None:
        """Remove one contact. A cancellation does not stop it."""
        with anyio.CancelScope(shield=True):
            await self._run(lambda: self._records.remove(contact_id))

    async def _run(self, operation: Callable[[], Value]) -> Value | None:
        try:
            return await anyio.to_thread.run_sync(operation)
        except DatabaseUnavailable as error:
            if not self._is_logged:
                _log.warning(
                    "Contacts are not kept: %s cannot be used (%s).",
                    self._records.location,
                    error.__cause__ or error,
                )
            self._is_logged = True
            return None


def _encode(person: Person) -> str:
    return json.dumps(astuple(person), ensure_ascii=False)


def _decode(record: str) -> Person:
    fields: list[Any] = [
        tuple(map(tuple, value)) if isinstance(value, list) else value
        for value in json.loads(record)
    ]
    return Person(*fields)
