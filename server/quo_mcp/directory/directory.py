"""Who is who: the account's numbers, teammates and contacts, read once and kept in memory.

Nothing is written to disk. What is older than `FRESH` is read again: in the background, while the
old copy serves whoever only reads; first, where something is sent or changed by it. A refresh that
fails leaves the old copy and says how old it is. Several calls that need the same thing wait for one load.
"""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import anyio
import anyio.lowlevel
from anyio.abc import TaskGroup

from quo_mcp.directory.address_book import AddressBook
from quo_mcp.directory.address_book import Person as Entry
from quo_mcp.directory.cache import Kept, Progress
from quo_mcp.directory.conversation_scan import LONG_AGO
from quo_mcp.directory.keyed_lock import Turns
from quo_mcp.errors import NotFound, Refusal, Unavailable
from quo_mcp.gateway import Plane
from quo_mcp.gateway.request import Query
from quo_mcp.records.base import Item, One, Page
from quo_mcp.records.contacts import Contact, CustomItem
from quo_mcp.records.workspace import PhoneNumber, User, full_name
from quo_mcp.values import phone_numbers
from quo_mcp.values.untrusted import inline

BURST = timedelta(seconds=2)
PAGE = 50  # Quo's cap for contacts and users
MOST_PAGES = 2_000  # a hundred thousand of them: a list that goes on beyond has no end


class Directory:
    """The account's people and places. Used as a context: its loads run inside it."""

    def __init__(
        self,
        api: Plane,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._api = api
        self._group: TaskGroup | None = None
        self.numbers = Kept(self._read_numbers, now, self._tasks)
        self.users = Kept(self._read_users, now, self._tasks)
        self.contacts = Kept(self._read_contacts, now, self._tasks)
        self._now = now
        self._turns = Turns()
        self._looked_at: dict[str, datetime] = {}
        self._fresh: dict[str, Contact | None] = {}  # our own writes while the contacts are read

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
        group = self._tasks()
        group.cancel_scope.cancel()
        await group.__aexit__(None, None, None)

    def _tasks(self) -> TaskGroup:
        if self._group is None:
            raise RuntimeError("the directory is used outside its context")
        return self._group

    async def _read_numbers(self, _tell: Callable[[str], None]) -> tuple[PhoneNumber, ...]:
        return tuple((await self._api.get(Page[PhoneNumber], "phone-numbers")).data)

    async def _read_users(self, _tell: Callable[[str], None]) -> dict[str, User]:
        return {each.id: each async for page in self._pages(Page[User], "users") for each in page}

    async def _read_contacts(self, tell: Callable[[str], None]) -> AddressBook:
        region = await self.region()
        book = AddressBook()
        self._fresh.clear()
        async for page in self._pages(Page[Contact], "contacts"):
            for each in page:
                book.put(entry_of(each, region))
            tell(f"{len(book)} contacts read so far.")
        for contact_id, written in self._fresh.items():
            book.remove(contact_id)
            if written:
                book.put(entry_of(written, region))
        return book

    async def _pages(self, returns: type[Page[Item]], what: str) -> AsyncIterator[list[Item]]:
        """Every page of a list.

        Raises:
            Unavailable: the list does not end.
        """
        seen: set[str] = set()
        token: str | None = None
        for _ in range(MOST_PAGES):
            query: Query = {"maxResults": PAGE, "pageToken": token}
            page = await self._api.get(returns, what, query=query)
            yield page.data
            token = page.next_page_token
            if not token or token in seen:  # a token that repeats would never end
                return
            seen.add(token)
            await anyio.lowlevel.checkpoint()
        raise Unavailable(f"Quo's list of {what} does not end, so nobody can be looked up by name.")

    # Names, from memory alone

    def person(self, number: str) -> str | None:
        return self.contacts.value.name_of(number) if self.contacts.value else None

    def inbox(self, id_or_number: str) -> tuple[str, str] | None:
        for each in self.numbers.value or ():
            if id_or_number in (each.id, each.number):
                return inline(each.name or phone_numbers.pretty(each.number)), each.number
        return None

    def teammate(self, user_id: str) -> str | None:
        if user_id.startswith("SYU"):
            return "Sona (Quo's AI agent)"
        user = (self.users.value or {}).get(user_id)
        return full_name(user) if user else None

    def forget(self) -> None:
        """Another account may answer from now on: everything is read anew when it is needed next."""
        for kept in (self.numbers, self.users, self.contacts):
            kept.forget()

    async def warm(self, patience: float) -> None:
        """Waits a moment for names to be there; what comes later is shown the next time."""
        with anyio.move_on_after(patience):
            for kept in (self.numbers, self.users, self.contacts):
                if kept.value is None and kept.failed_lately:
                    continue
                try:
                    await kept.get()
                except Refusal:
                    continue  # names are a courtesy: without them numbers and ids are shown

    def lag(self) -> str | datetime | None:
        """What a reader of names has to know: that they are still being read, or how old they are."""
        return self.contacts.lag()

    # Our own writes, known at once

    def put(self, contact: Contact) -> None:
        self._fresh[contact.id] = contact
        if self.contacts.value is not None:
            region = phone_numbers.default_region(each.number for each in self.numbers.value or ())
            self.contacts.value.put(entry_of(contact, region))

    def drop(self, contact_id: str) -> None:
        self._fresh[contact_id] = None
        if self.contacts.value is not None:
            self.contacts.value.remove(contact_id)

    # What people say, settled

    async def region(self) -> str:
        """Where a number without a country code is taken to be: the workspace's own country."""
        return phone_numbers.default_region(each.number for each in await self.numbers.get())

    async def reader_of(self, inbox_id: str) -> str | None:
        """The teammate as whom a number's calls are read; None for the owner, who is meant where nobody is named.

        Where the owner is not on a number, Quo shows the owner none of its calls, as if there were none.
        """
        for each in await self.numbers.get():
            if each.id == inbox_id and not any(member.role == "owner" for member in each.users):
                return each.users[0].id if each.users else None
        return None

    async def known(self, progress: Progress | None = None, *, fresh: bool = False) -> AddressBook:
        """All contacts. fresh: as in Kept.get."""
        return await self.contacts.get(progress, fresh=fresh)

    async def look_again(self, contact_id: str) -> None:
        """Reads one contact anew: what was changed in the Quo app since all were read counts too.

        Calls that come in a burst are one look.
        """
        async with self._turns.of(contact_id):
            if self._now() - self._looked_at.get(contact_id, LONG_AGO) < BURST:
                return
            try:
                contact = (await self._api.get(One[Contact], "contacts", contact_id)).data
            except NotFound:
                self.drop(contact_id)
            else:
                self.put(contact)
            now = self._now()
            self._looked_at = {who: at for who, at in self._looked_at.items() if now - at < BURST}
            self._looked_at[contact_id] = now


def entry_of(contact: Contact, region: str) -> Entry:
    """The contact as the address book keeps it; numbers in E.164 wherever they can be read as such."""
    fields = contact.default_fields
    return Entry(
        id=contact.id,
        first=fields.first_name or "",
        last=fields.last_name or "",
        company=fields.company or "",
        role=fields.role or "",
        numbers=tuple(
            (each.name or "", phone_numbers.parse(each.value, region) or each.value)
            for each in fields.phone_numbers
            if each.value
        ),
        emails=tuple((each.name or "", each.value) for each in fields.emails if each.value),
        custom=tuple(
            (each.name or each.key or "", _as_text(each))
            for each in contact.custom_fields
            if each.value not in (None, "", [])
        ),
        source=contact.source or "",
    )


def _as_text(item: CustomItem) -> str:
    """What a custom field holds, as people say it: yes, a day, a list's members."""
    match item.value:
        case bool():
            return "yes" if item.value else "no"
        case list():
            return ", ".join(map(str, item.value))
        case str() if item.type == "date":
            return item.value[: len("2026-03-31")]  # Quo keeps days as midnight in UTC
        case _:
            return str(item.value)
