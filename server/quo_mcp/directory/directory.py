"""The directory: the account's inboxes, teammates, contacts and conversations, cached in memory.

Values older than `cache.MAX_AGE` are read again: in the background for readers, and before a send or a change.
A failed refresh keeps the old values and reports their age. Concurrent callers share one load.

A large address book takes too long to read before each send: 20,000 contacts are 400 requests. It is refreshed
in the background, and the one contact that a send or a change is about is read again by its id. Contacts can be
kept on disk: see `stored_contacts`.
"""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self, TypeVar
from weakref import WeakValueDictionary

import anyio
import anyio.lowlevel
from anyio.abc import TaskGroup

from quo_mcp.directory.address_book import AddressBook
from quo_mcp.directory.address_book.name_tokens import normalize_name
from quo_mcp.directory.cache import MAX_AGE, ProgressCallback, RefreshingCache, Snapshot
from quo_mcp.directory.contact_reader import (
    MAX_PAGES,
    PAGE_SIZE,
    ContactReader,
    endless_list_error,
    person_from_contact,
)
from quo_mcp.directory.conversation_index import ConversationIndex
from quo_mcp.directory.conversation_scan import EARLIEST_TIME
from quo_mcp.directory.stored_contacts import StoredContacts, form_of
from quo_mcp.directory.stored_conversations import StoredConversations
from quo_mcp.errors import NotFound, Refusal, Unavailable
from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.pages import PageReader
from quo_mcp.gateway.request import Query
from quo_mcp.records.contacts import Contact
from quo_mcp.records.record import Envelope, Page
from quo_mcp.records.workspace import PhoneNumber, User, full_name
from quo_mcp.store.record_store import RecordStore
from quo_mcp.values import phone_numbers
from quo_mcp.values.references import with_number
from quo_mcp.values.untrusted import inline, inline_number, quote_inline

MIN_REFRESH_INTERVAL = timedelta(seconds=2)
# The contact of a clear match is not read again within this time: nobody can see a wrong number in a result,
# correct it in the Quo app and ask for a new message faster.
CLEAR_MATCH_VALID = timedelta(seconds=10)
LARGE_BOOK = 1_000  # contacts; reading more takes over two seconds
# Whom a send or a change is about is looked up in a large address book that is at most so old.
MAX_ACTION_AGE = timedelta(hours=24)
OWN_WRITES_KEPT = timedelta(hours=1)  # longer than any reading of all contacts takes

Match = TypeVar("Match")


class Directory:
    """The account's inboxes, teammates and contacts.

    Use it as an async context manager: background loads run inside the context.

    stored_contacts: keeps the contacts on disk; None if they are not kept.
    conversation_records: keeps the index of conversations on disk; None if it is not kept.
    """

    def __init__(
        self,
        api: ApiClient,
        *,
        now: Callable[[], datetime],
        stored_contacts: StoredContacts | None = None,
        conversation_records: RecordStore | None = None,
        wall: Callable[[], datetime] | None = None,
    ) -> None:
        self._api = api
        self._stored_contacts = stored_contacts
        self._contact_reader = ContactReader(api, now=now)
        self._group: TaskGroup | None = None
        self.numbers = RefreshingCache(self._read_numbers, now, self._task_group)
        self.users = RefreshingCache(self._read_users, now, self._task_group)
        self.contacts = RefreshingCache(self._read_contacts, now, self._task_group)
        self.conversations = ConversationIndex(
            api,
            region=self.default_region,
            now=wall or now,  # the index has to notice that the wall clock went back
            task_group=self._task_group,
            form=self._form,
            stored=StoredConversations(conversation_records) if conversation_records else None,
        )
        self._now = now
        # The names of inboxes and teammates, and when these were read.
        self._own_names: frozenset[str] = frozenset()
        self._own_names_read_at: tuple[datetime | None, datetime | None] = (None, None)
        self._refresh_locks = WeakValueDictionary[str, anyio.Lock]()
        self._refreshed_at: dict[str, datetime] = {}
        # Contacts that this server wrote, or read one by one, and when. None is a deleted one. A reading
        # of all contacts that began earlier may not show them.
        self._own_writes: dict[str, tuple[datetime, Contact | None]] = {}

    async def __aenter__(self) -> Self:
        self._group = anyio.create_task_group()
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        group = self._task_group()
        group.cancel_scope.cancel()
        await group.__aexit__(None, None, None)

    def _task_group(self) -> TaskGroup:
        if self._group is None:
            raise RuntimeError("the directory is used outside its context manager")
        return self._group

    async def _read_numbers(
        self, _report_progress: Callable[[str], None]
    ) -> Snapshot[tuple[PhoneNumber, ...]]:
        read_at = self._now()
        page = await self._api.get(Page[PhoneNumber], "phone-numbers")
        if page.unreadable_count and not page.data:
            raise Unavailable(
                "Quo returned the list of inboxes in an unexpected form. Try again in a minute."
            )
        return Snapshot(tuple(page.data), read_at)

    async def _read_users(
        self, _report_progress: Callable[[str], None]
    ) -> Snapshot[dict[str, User]]:
        read_at = self._now()
        users = {user.id: user async for page in self._user_pages() for user in page}
        return Snapshot(users, read_at)

    async def _user_pages(self) -> AsyncIterator[list[User]]:
        """Yield every page of teammates.

        Raises:
            Unavailable: the list has more than `MAX_PAGES` pages.
        """

        async def read_page(token: str | None) -> Page[User]:
            query: Query = {"maxResults": PAGE_SIZE, "pageToken": token}
            return await self._api.get(Page[User], "users", query=query)

        pages = PageReader(read_page, max_pages=MAX_PAGES)
        async for page in pages:
            yield page.data
            await anyio.lowlevel.checkpoint()
        if not (pages.ended or pages.repeats):
            raise endless_list_error("users")

    async def _read_contacts(self, report_progress: Callable[[str], None]) -> Snapshot[AddressBook]:
        region = await self.default_region()
        stored, form = self._stored_contacts, await self._form()
        snapshot = await stored.load(form, newer_than=self._oldest_useful()) if stored else None
        is_stored = snapshot is not None
        if snapshot is None:
            snapshot = await self._contact_reader.read(
                region, report_progress, not_before=self.contacts.invalidated_at
            )
        for contact_id, (written_at, contact) in self._own_writes.items():
            if written_at >= snapshot.read_at:
                snapshot.value.remove(contact_id)
                if contact:
                    snapshot.value.put(person_from_contact(contact, region))
        if stored and not is_stored:
            await stored.save(snapshot, form)
        return snapshot

    async def _form(self) -> str:
        """Return what stored records depend on: the inboxes, as they are now, and the region."""
        return form_of(await self.numbers.get(), await self.default_region())

    def _oldest_useful(self) -> datetime:
        """Return the time after which stored contacts must have been read to be used.

        The first load uses those of up to a day ago. Later ones use those that another process read meanwhile.
        """
        known_at = self.contacts.read_at or self.contacts.invalidated_at
        if known_at is None:
            return self._now() - MAX_ACTION_AGE
        return max(known_at, self._now() - MAX_AGE)

    # Names, from memory only

    def contact_name(self, number: str, *, with_company: bool = True) -> str | None:
        """Return the names of the contacts with this E.164 number, safe to display, or None.

        A contact with the name of a teammate or an inbox is quoted: `"Marisol Vega"`, without the company
        `"Marisol Vega" (+1 415 555 0134)`. So it cannot pass for our side.
        """
        if self.contacts.value is None:
            return None
        name = self.contacts.value.names_for_number(number, with_company=with_company)
        if not name or normalize_name(name) not in self._names_of_ours():
            return name
        quoted = quote_inline(name.strip('"'))
        return quoted if with_company else with_number(quoted, inline_number(number))

    def _names_of_ours(self) -> frozenset[str]:
        """Return the names of the inboxes and teammates that are in memory, normalized."""
        read_at = (self.numbers.read_at, self.users.read_at)
        if self._own_names_read_at != read_at:
            names = [inbox.name or "" for inbox in self.numbers.value or ()]
            names += map(full_name, (self.users.value or {}).values())
            self._own_names = frozenset(filter(None, map(normalize_name, names)))
            self._own_names_read_at = read_at
        return self._own_names

    def find_inbox(self, id_or_number: str) -> tuple[str, str] | None:
        """Return an inbox's name, safe to display, and its number."""
        for inbox in self.numbers.value or ():
            if id_or_number in (inbox.id, inbox.number):
                return inline(inbox.name or "") or inline_number(inbox.number), inbox.number
        return None

    def teammate_name(self, user_id: str) -> str | None:
        if user_id.startswith("SYU"):
            return "Sona (Quo's AI agent)"
        user = (self.users.value or {}).get(user_id)
        return full_name(user) if user else None

    def invalidate(self) -> None:
        """Drop all cached values, because the account may have changed."""
        self._own_writes.clear()
        self._refreshed_at.clear()
        for cache in (self.numbers, self.users, self.contacts, self.conversations):
            cache.invalidate()

    async def wait_until_loaded(self, max_seconds: float) -> None:
        """Wait up to `max_seconds` for the caches to be filled. Errors are ignored."""
        caches = (self.numbers, self.users, self.contacts)
        if all(cache.value is not None for cache in caches):  # without the cost of a time limit
            for cache in caches:
                cache.start_refresh_if_old()
            return
        with anyio.move_on_after(max_seconds):
            for cache in caches:
                if cache.value is None and cache.failed_recently:
                    continue
                try:
                    await cache.get()
                except Refusal:
                    continue  # without names, results show numbers and ids

    def staleness(self) -> str | datetime | Refusal | None:
        """Return why names are missing or old: see `RefreshingCache.staleness`."""
        return self.contacts.staleness()

    # Writes of this server, visible at once

    def put_contact(self, contact: Contact) -> None:
        """Add or replace a contact after this server has written it."""
        self._record_write(contact.id, contact)
        own_numbers = (inbox.number for inbox in self.numbers.value or ())
        person = person_from_contact(contact, phone_numbers.default_region(own_numbers))
        if self.contacts.value is not None:
            self.contacts.value.put(person)
        if self._stored_contacts:
            self._task_group().start_soon(self._stored_contacts.put, person)

    def remove_contact(self, contact_id: str) -> None:
        """Remove a contact after this server has deleted it."""
        self._record_write(contact_id, None)
        if self.contacts.value is not None:
            self.contacts.value.remove(contact_id)
        if self._stored_contacts:
            self._task_group().start_soon(self._stored_contacts.remove, contact_id)

    def _record_write(self, contact_id: str, contact: Contact | None) -> None:
        now = self._now()
        self._own_writes = {
            written_id: (written_at, written)
            for written_id, (written_at, written) in self._own_writes.items()
            if now - written_at < OWN_WRITES_KEPT
        } | {contact_id: (now, contact)}

    # Lookups that may send requests

    async def default_region(self) -> str:
        """Return the region to assume for a number without a country code: the workspace's own."""
        return phone_numbers.default_region(inbox.number for inbox in await self.numbers.get())

    async def own_numbers(self) -> frozenset[str]:
        """Return the numbers of all inboxes."""
        return frozenset(inbox.number for inbox in await self.numbers.get())

    async def call_viewer_of(self, inbox_id: str) -> str | None:
        """Return the id of the teammate whose access shows an inbox's calls; None for the owner.

        Quo uses the owner's access by default. If the owner is not a user of the inbox, Quo returns an
        empty list of its calls instead of an error.
        """
        for inbox in await self.numbers.get():
            if inbox.id == inbox_id and not any(member.role == "owner" for member in inbox.users):
                return inbox.users[0].id if inbox.users else None
        return None

    async def address_book(
        self, progress: ProgressCallback | None = None, *, fresh: bool = False
    ) -> AddressBook:
        """Return all contacts. For `fresh`, see `RefreshingCache.get`."""
        return await self.contacts.get(progress, fresh=fresh)

    async def look_up_for_action(
        self,
        look_up: Callable[[AddressBook], Match],
        contact_ids: Callable[[Match], set[str] | None],
        progress: ProgressCallback | None = None,
        *,
        is_clear: Callable[[Match], bool] = lambda _: False,
    ) -> tuple[Match, Match]:
        """Look up whom a send or a change is about; return the match before and after its contact was read again.

        All contacts are at most `cache.MAX_AGE` old. In a large address book, at most `MAX_ACTION_AGE`: a
        contact that was added since then is not known. Before it returns that nothing matches, it waits
        until all contacts were read.

        look_up: returns the match in an address book. contact_ids: returns the ids of the contacts of the
            match that must be current, or None if nothing matches. is_clear: returns whether a match names one
            number, so that a contact that was read again within `CLEAR_MATCH_VALID` is current.
        """
        book = await self.contacts.get(progress)
        if not self._is_large or self.contacts.age > MAX_ACTION_AGE:
            book = await self.contacts.get(progress, fresh=True)
        previous, current = await self._look_up_again(book, look_up, contact_ids, is_clear)
        if contact_ids(current) is None and self.contacts.is_old:
            book = await self.contacts.get(progress, fresh=True)
            previous, current = await self._look_up_again(book, look_up, contact_ids, is_clear)
        return previous, current

    async def _look_up_again(
        self,
        book: AddressBook,
        look_up: Callable[[AddressBook], Match],
        contact_ids: Callable[[Match], set[str] | None],
        is_clear: Callable[[Match], bool],
    ) -> tuple[Match, Match]:
        previous = look_up(book)
        max_age = CLEAR_MATCH_VALID if is_clear(previous) else MIN_REFRESH_INTERVAL
        for contact_id in contact_ids(previous) or ():
            await self.refresh_contact(contact_id, max_age)
        return previous, look_up(await self.contacts.get())

    async def has_contact(self, number: str) -> bool:
        """Return whether a contact has this number (E.164)."""

        def holders(book: AddressBook) -> set[str]:
            return {person.id for person in book.by_number(number)}

        # What is recent need not be read again, and without a holder only a complete reading decides.
        _, current = await self.look_up_for_action(
            holders, lambda ids: (ids if self.contacts.is_old else set()) if ids else None
        )
        return bool(current)

    async def refresh_contacts(self, progress: ProgressCallback | None = None) -> None:
        """Read all contacts again. A large address book is read in the background."""
        if self._is_large:
            self.contacts.start_refresh()
        else:
            await self.contacts.refresh(progress)

    @property
    def _is_large(self) -> bool:
        return len(self.contacts.value or ()) > LARGE_BOOK

    async def refresh_contact(
        self, contact_id: str, max_age: timedelta = MIN_REFRESH_INTERVAL
    ) -> None:
        """Read one contact again, because it may have changed in the Quo app, unless this was done within `max_age`.

        max_age: at most `CLEAR_MATCH_VALID`. The request's own deadline bounds the wait.
        """
        async with self._refresh_locks.setdefault(contact_id, anyio.Lock()):
            last_refresh = self._refreshed_at.get(contact_id, EARLIEST_TIME)
            if self._now() - last_refresh < max_age:
                return
            try:
                contact = (await self._api.get(Envelope[Contact], "contacts", contact_id)).data
            except NotFound:
                self.remove_contact(contact_id)
            else:
                self.put_contact(contact)
            now = self._now()
            self._refreshed_at = {
                refreshed_id: time
                for refreshed_id, time in self._refreshed_at.items()
                if now - time < CLEAR_MATCH_VALID
            }
            self._refreshed_at[contact_id] = now
