"""Reads all contacts of the account, and continues where a reading stopped."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import anyio.lowlevel

from quo_mcp.directory.address_book import AddressBook, Person
from quo_mcp.directory.cache import Snapshot
from quo_mcp.errors import RateLimited, Refusal, RequestRejected, Unavailable
from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.pages import PageReader
from quo_mcp.gateway.request import Query
from quo_mcp.records.contacts import Contact, CustomFieldValue
from quo_mcp.records.record import Page
from quo_mcp.values import phone_numbers

PAGE_SIZE = 50  # Quo's maximum for contacts and users
MAX_PAGES = 2_000  # 100,000 records; a longer list is taken to be endless
# A reading that stopped is continued for so long. Quo does not say how long its page tokens are valid.
RESUME_WITHIN = timedelta(minutes=10)


@dataclass(slots=True)
class _Reading:
    """A reading of all contacts, complete or not. pages: reads the next page."""

    region: str
    began_at: datetime
    pages: PageReader[Page[Contact]]
    book: AddressBook = field(default_factory=AddressBook)


class ContactReader:
    """Reads all contacts page by page. Pages that were read before a failure are kept for the next attempt."""

    def __init__(self, api: ApiClient, *, now: Callable[[], datetime]) -> None:
        self._api = api
        self._now = now
        self._stopped: _Reading | None = None

    async def read(
        self,
        region: str,
        report_progress: Callable[[str], None],
        *,
        not_before: datetime | None,
    ) -> Snapshot[AddressBook]:
        """Return all contacts, with the time at which their reading began.

        region: for numbers without a country code. not_before: pages read earlier are not used.

        Raises:
            Refusal: a page could not be read.
        """
        stopped, self._stopped = self._stopped, None
        if stopped and self._is_usable(stopped, region, not_before):
            try:
                return await self._continue(stopped, report_progress)
            except RateLimited:
                raise
            except RequestRejected:
                self._stopped = None  # the page token is no longer valid
        pages = PageReader(self._read_page, max_pages=MAX_PAGES)
        return await self._continue(_Reading(region, self._now(), pages), report_progress)

    def _is_usable(self, stopped: _Reading, region: str, not_before: datetime | None) -> bool:
        return (
            stopped.region == region
            and self._now() - stopped.began_at <= RESUME_WITHIN
            and (not_before is None or stopped.began_at > not_before)
        )

    async def _continue(
        self, reading: _Reading, report_progress: Callable[[str], None]
    ) -> Snapshot[AddressBook]:
        try:
            async for page in reading.pages:
                for contact in page.data:
                    reading.book.put(person_from_contact(contact, reading.region))
                report_progress(f"{len(reading.book):,} contacts read so far.")
                await anyio.lowlevel.checkpoint()
        except Refusal:
            self._stopped = reading if len(reading.book) else None
            raise
        if not (reading.pages.ended or reading.pages.repeats):
            raise endless_list_error("contacts")
        return Snapshot(reading.book, reading.began_at)

    async def _read_page(self, token: str | None) -> Page[Contact]:
        query: Query = {"maxResults": PAGE_SIZE, "pageToken": token}
        return await self._api.get(Page[Contact], "contacts", query=query)


def endless_list_error(resource: str) -> Unavailable:
    return Unavailable(
        f"Quo's list of {resource} did not end after {MAX_PAGES:,} pages, so names cannot be looked up."
    )


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
