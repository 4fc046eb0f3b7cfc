"""The directory: the account's inboxes, teammates, contacts and conversations, cached in memory.

Nothing is written to disk. Values older than `cache.MAX_AGE` are read again: in the background for readers,
and before a send or a change. A failed refresh keeps the old values and reports their age. Concurrent callers
share one load.
"""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self
from weakref import WeakValueDictionary

import anyio
import anyio.lowlevel
from anyio.abc import TaskGroup

from quo_mcp.directory.address_book import AddressBook, Person
from quo_mcp.directory.cache import ProgressCallback, RefreshingCache
from quo_mcp.directory.conversation_index import ConversationIndex
from quo_mcp.directory.conversation_scan import EARLIEST_TIME
from quo_mcp.errors import NotFound, Refusal, Unavailable
from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.pages import PageReader
from quo_mcp.gateway.request import Query
from quo_mcp.records.contacts import Contact, CustomFieldValue
from quo_mcp.records.record import Envelope, Item, Page
from quo_mcp.records.workspace import PhoneNumber, User, full_name
from quo_mcp.values import phone_numbers
from quo_mcp.values.untrusted import inline

MIN_REFRESH_INTERVAL = timedelta(seconds=2)
PAGE_SIZE = 50  # Quo's maximum for contacts and users
MAX_PAGES = 2_000  # 100,000 records; a longer list is taken to be endless


class Directory:
    """The account's inboxes, teammates and contacts.

    Use it as an async context manager: background loads run inside the context.
    """

    def __init__(
        self,
        api: ApiClient,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._api = api
        self._group: TaskGroup | None = None
        self.numbers = RefreshingCache(self._read_numbers, now, self._task_group)
        self.users = RefreshingCache(self._read_users, now, self._task_group)
        self.contacts = RefreshingCache(self._read_contacts, now, self._task_group)
        self.conversations = ConversationIndex(
            api, region=self.default_region, now=now, task_group=self._task_group
        )
        self._now = now
        self._refresh_locks = WeakValueDictionary[str, anyio.Lock]()
        self._refreshed_at: dict[str, datetime] = {}
        # Contacts that this server wrote while all contacts were being read. None is a deleted one.
        self._writes_during_load: dict[str, Contact | None] = {}

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
    ) -> tuple[PhoneNumber, ...]:
        return tuple((await self._api.get(Page[PhoneNumber], "phone-numbers")).data)

    async def _read_users(self, _report_progress: Callable[[str], None]) -> dict[str, User]:
        return {user.id: user async for page in self._pages(Page[User], "users") for user in page}

    async def _read_contacts(self, report_progress: Callable[[str], None]) -> AddressBook:
        region = await self.default_region()
        book = AddressBook()
        self._writes_during_load.clear()
        async for page in self._pages(Page[Contact], "contacts"):
            for contact in page:
                book.put(person_from_contact(contact, region))
            report_progress(f"{len(book):,} contacts read so far.")
        for contact_id, written_contact in self._writes_during_load.items():
            book.remove(contact_id)
            if written_contact:
                book.put(person_from_contact(written_contact, region))
        return book

    async def _pages(self, returns: type[Page[Item]], resource: str) -> AsyncIterator[list[Item]]:
        """Yield every page of a list.

        Raises:
            Unavailable: the list has more than `MAX_PAGES` pages.
        """

        async def read_page(token: str | None) -> Page[Item]:
            query: Query = {"maxResults": PAGE_SIZE, "pageToken": token}
            return await self._api.get(returns, resource, query=query)

        pages = PageReader(read_page, max_pages=MAX_PAGES)
        async for page in pages:
            yield page.data
            await anyio.lowlevel.checkpoint()
        if not (pages.ended or pages.repeats):
            raise Unavailable(
                f"Quo's list of {resource} did not end after {MAX_PAGES:,} pages, so names cannot be looked up."
            )

    # Names, from memory only

    def contact_name(self, number: str, *, with_company: bool = True) -> str | None:
        """Return the names of the contacts with this E.164 number, safe to display, or None."""
        if self.contacts.value is None:
            return None
        return self.contacts.value.names_for_number(number, with_company=with_company)

    def find_inbox(self, id_or_number: str) -> tuple[str, str] | None:
        """Return an inbox's name, safe to display, and its number."""
        for inbox in self.numbers.value or ():
            if id_or_number in (inbox.id, inbox.number):
                name = inbox.name or phone_numbers.format_international(inbox.number)
                return inline(name), inbox.number
        return None

    def teammate_name(self, user_id: str) -> str | None:
        if user_id.startswith("SYU"):
            return "Sona (Quo's AI agent)"
        user = (self.users.value or {}).get(user_id)
        return full_name(user) if user else None

    def invalidate(self) -> None:
        """Drop all cached values, because the account may have changed."""
        for cache in (self.numbers, self.users, self.contacts, self.conversations):
            cache.invalidate()

    async def wait_until_loaded(self, max_seconds: float) -> None:
        """Wait up to `max_seconds` for the caches to be filled. Errors are ignored."""
        with anyio.move_on_after(max_seconds):
            for cache in (self.numbers, self.users, self.contacts):
                if cache.value is None and cache.failed_recently:
                    continue
                try:
                    await cache.get()
                except Refusal:
                    continue  # without names, results show numbers and ids

    def staleness(self) -> str | datetime | None:
        """Return why names are missing or old: see `RefreshingCache.staleness`."""
        return self.contacts.staleness()

    # Writes of this server, visible at once

    def put_contact(self, contact: Contact) -> None:
        """Add or replace a contact after this server has written it."""
        self._writes_during_load[contact.id] = contact
        if self.contacts.value is not None:
            own_numbers = (inbox.number for inbox in self.numbers.value or ())
            region = phone_numbers.default_region(own_numbers)
            self.contacts.value.put(person_from_contact(contact, region))

    def remove_contact(self, contact_id: str) -> None:
        """Remove a contact after this server has deleted it."""
        self._writes_during_load[contact_id] = None
        if self.contacts.value is not None:
            self.contacts.value.remove(contact_id)

    # Lookups that may send requests

    async def default_region(self) -> str:
        """Return the region to assume for a number without a country code: the workspace's own."""
        return phone_numbers.default_region(inbox.number for inbox in await self.numbers.get())

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

    async def refresh_contact(self, contact_id: str) -> None:
        """Read one contact again, because it may have changed in the Quo app.

        Calls within `MIN_REFRESH_INTERVAL` share one request. The request's own deadline bounds the wait.
        """
        async with self._refresh_locks.setdefault(contact_id, anyio.Lock()):
            last_refresh = self._refreshed_at.get(contact_id, EARLIEST_TIME)
            if self._now() - last_refresh < MIN_REFRESH_INTERVAL:
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
                if now - time < MIN_REFRESH_INTERVAL
            }
            self._refreshed_at[contact_id] = now


def person_from_contact(contact: Contact, region: str) -> Person:
    """Convert a contact for the address book. Numbers become E.164 if they can be parsed."""
    fields = contact.default_fields
    return Person(
        id=contact.id,
        first_name=fields.first_name or "",
        last_name=fields.last_name or "",
        company=fields.company or "",
        role=fields.role or "",
        numbers=tuple(
            (number.name or "", phone_numbers.parse(number.value, region) or number.value)
            for number in fields.phone_numbers
            if number.value
        ),
        emails=tuple((email.name or "", email.value) for email in fields.emails if email.value),
        custom_fields=tuple(
            (field.name or field.key or "", _custom_field_text(field))
            for field in contact.custom_fields
            if field.value not in (None, "", [])
        ),
        source=contact.source or "",
    )


def _custom_field_text(field: CustomFieldValue) -> str:
    """Return the value of a custom field as text: "yes", a date, comma-separated items."""
    match field.value:
        case bool():
            return "yes" if field.value else "no"
        case list():
            return ", ".join(map(str, field.value))
        case str() if field.type == "date":
            return field.value[: len("2026-03-31")]  # Quo stores dates as midnight in UTC
        case _:
            return str(field.value)
