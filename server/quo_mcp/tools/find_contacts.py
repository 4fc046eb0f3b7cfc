"""The tool that searches contacts."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field, field_validator

from quo_mcp.directory.address_book import ContactSearch, SearchHit
from quo_mcp.directory.cache import MAX_AGE
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import DEFAULT_LIMIT, Limit
from quo_mcp.tools.rendering import END_OF_RESULTS, Presenter, block, heading, pluralize
from quo_mcp.tools.rendering.contacts import field_label
from quo_mcp.values.untrusted import inline, quote_inline

# Before a search may report no match, contacts older than this are read again.
NO_MATCH_MAX_AGE = timedelta(seconds=15)
MATCH_LABEL = re.compile(r"^[\s>*-]*Matched on[\s:]+", re.IGNORECASE)
NEGATION_NOTE = 'Words such as "not" or "without" are understood only before a custom field: these contacts have the other words.'


@dataclass(frozen=True)
class ContactSearchResult:
    """What a search found.

    searched_count: the number of contacts searched. read_at: when they were read, if they are stale.
    refresh_failed: whether the last attempt to read them again failed.
    """

    search: ContactSearch
    searched_count: int
    read_at: datetime | None = None
    refresh_failed: bool = False


class FindContacts(Tool[ContactSearchResult]):
    """Search contacts by name, company, part of a number, email address, role or custom field.

    Takes words or a sentence, also with yes/no, number and date fields. Tolerates typos. Counts all matches and
    returns the best first, with numbers, addresses and contact ids.
    """

    effect = Effect.READ

    query: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200,
            description='What is known, e.g. "jane alder", "555 0134", "who is on the service plan", "last service before 2025" or "same number". At most 200 characters.',
        ),
    ]
    limit: Limit = DEFAULT_LIMIT

    @field_validator("query")
    @classmethod
    def _take_off_label(cls, query: str) -> str:
        """Return the query without the words that a result prints before the fields that matched."""
        return MATCH_LABEL.sub("", query) or query

    async def run(self, context: ToolContext) -> ContactSearchResult:
        book = await context.account.directory.address_book(context.progress)
        cache = context.account.directory.contacts
        now, zone = context.account.now(), context.account.zone
        search = book.search_contacts(self.query, now=now, zone=zone, limit=self.limit)
        if (
            not search.hits and cache.age > NO_MATCH_MAX_AGE
        ):  # the contact may be new in the Quo app
            await context.account.directory.refresh_contacts(context.progress)
            book = await context.account.directory.address_book()
            search = book.search_contacts(self.query, now=now, zone=zone, limit=self.limit)
        return ContactSearchResult(
            search,
            len(book),
            read_at=cache.read_at
            if cache.age > (MAX_AGE if search.hits else NO_MATCH_MAX_AGE)
            else None,
            refresh_failed=cache.staleness() is not None,
        )

    def render_first(self, result: ContactSearchResult, presenter: Presenter, count: int) -> str:
        return self.model_copy(update={"limit": count}).render(result, presenter)

    def render(self, result: ContactSearchResult, presenter: Presenter) -> str:
        search = result.search
        query = quote_inline(self.query)
        scope = f"{pluralize(result.searched_count, 'contact')} searched{compared_parts(search)}"
        refresh = (
            "; later attempts to read them failed"
            if result.refresh_failed
            else " and are being refreshed now"
        )
        stale_note = (
            f"Contacts are as of {presenter.time(result.read_at)}{refresh}."
            if result.read_at
            else None
        )
        negation_note = NEGATION_NOTE if search.ignored_negation else None
        if not search.hits:
            return block(
                f"No contacts match {query} ({scope}).",
                *match_notes(search),
                negation_note,
                stale_note,
            )
        return block(
            f"{match_title(search, query)}, best match first ({scope}):",
            *(render_match(hit, presenter) for hit in search.hits),
            *match_notes(search),
            negation_note,
            stale_note,
            f"Shown: {len(search.hits)} of {search.total_count}. Make query more specific, or raise limit."
            if search.total_count > len(search.hits)
            else END_OF_RESULTS,
        )


def match_title(search: ContactSearch, query: str) -> str:
    """Return how many contacts match, and whether they match all of the query."""
    count = pluralize(search.total_count, "contact")
    verb = "matches" if search.total_count == 1 else "match"
    if search.matched_parts == search.part_count:
        return f"{count} {verb} {query}"
    return f"No contact matches all of {query}; {count} {verb} {search.matched_parts} of {search.part_count} parts"


def compared_parts(search: ContactSearch) -> str:
    """Return ` for combi, boiler` and the conditions, if the query has conditions or words that were ignored."""
    conditions = [
        f"{inline(condition.label)}: {condition.description}" for condition in search.conditions
    ]
    words = [inline(word) for word in search.words]
    return f" for {', '.join([*words, *conditions])}" if search.part_count > 1 or conditions else ""


def match_notes(search: ContactSearch) -> list[str]:
    """Return which words no contact has, how many contacts have no value to compare, and how many match fewer parts."""
    notes = []
    if search.missing_words and search.hits:
        words = ", ".join(quote_inline(word) for word in search.missing_words)
        notes.append(f"No contact has {words}.")
    for label, absent_count in search.absent_counts.items():
        if absent_count:
            contacts = pluralize(absent_count, "contact")
            verb = "has" if absent_count == 1 else "have"
            notes.append(f"{contacts} {verb} no value for {inline(label)}.")
    if search.fewer_count:
        count = pluralize(search.fewer_count, "other contact")
        verb = "matches" if search.fewer_count == 1 else "match"
        notes.append(f"{count} {verb} fewer parts; to see them, use fewer words.")
    return notes


def render_match(hit: SearchHit, presenter: Presenter) -> str:
    person = hit.person
    return block(
        heading(
            inline(person.name or "Unnamed"),
            inline(person.company) if person.company and person.company != person.name else None,
            inline(person.role) if person.role else None,
            person.id,
        ),
        match_note(hit),
        *(
            heading(
                f"  {field_label(name, 'phone')}: {presenter.number(number)}",
                presenter.opt_out_label(number),
            )
            for name, number in person.numbers
        ),
        *(
            f"  {field_label(name, 'email')}: {inline(address, max_words=1)}"
            for name, address in person.emails
        ),
    )


def match_note(hit: SearchHit) -> str | None:
    """Return which fields matched the query; None if only the name did.

    A custom field comes with its value because a match does not show it otherwise.
    """
    if {match.field for match in hit.matched} <= {"name"}:
        return None
    parts = [
        f"{inline(match.label or match.field)}: {inline(match.value, 200)}"
        if match.value
        else match.field
        for match in hit.matched
    ]
    return f"  Matched on {'; '.join(parts)}"
