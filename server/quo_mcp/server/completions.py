"""Completions for the arguments of prompts and for the variables of resource URIs.

A request takes at most TIME_LIMIT; data that is not loaded by then is available to a later request. The tools accept
every value: it is a name if the name is unambiguous, otherwise the number.
"""

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import NamedTuple

import anyio

from quo_mcp.directory.address_book import AddressBook, Person, ResolvedNumber
from quo_mcp.directory.address_book.name_tokens import normalize_name
from quo_mcp.errors import Refusal
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.record import Page
from quo_mcp.records.workspace import full_name
from quo_mcp.tools.context import Account
from quo_mcp.tools.resolve.inboxes import allowed_inboxes, resolve_inboxes
from quo_mcp.values import phone_numbers
from quo_mcp.values.untrusted import inline

TIME_LIMIT = 1.0  # seconds
MAX_VALUES = 100  # the maximum in the MCP specification
MAX_TYPED_CHARS = 200
TIME_PHRASES = (
    "today",
    "yesterday",
    "24h",
    "3d",
    "7d",
    "this week",
    "last week",
    "30d",
    "90d",
    "this month",
)


class CompletionValues(NamedTuple):
    """Completion values, best first. has_more: whether others exist. total: the number of all values, if known."""

    values: tuple[str, ...] = ()
    has_more: bool = False
    total: int | None = None


async def complete(argument: str, typed: str, account: Account) -> CompletionValues:
    """Return completions of a partly typed value. argument: a key of COMPLETERS."""
    with anyio.move_on_after(TIME_LIMIT):
        try:
            return await COMPLETERS[argument](typed.strip()[:MAX_TYPED_CHARS], account)
        except Refusal:  # the tool that receives the value reports the problem
            return CompletionValues()
    return CompletionValues(has_more=True)


def limit_values(values: Iterable[str], *, is_partial: bool = False) -> CompletionValues:
    """Remove duplicates and limit the number of values. is_partial: whether candidates were left out."""
    distinct_values = tuple(dict.fromkeys(values))
    has_more = is_partial or len(distinct_values) > MAX_VALUES
    return CompletionValues(
        distinct_values[:MAX_VALUES], has_more, None if is_partial else len(distinct_values)
    )


async def complete_person(typed: str, account: Account) -> CompletionValues:
    book = await account.directory.address_book()
    region = await account.directory.default_region()
    people = matching_people(book, typed)
    values = [
        value
        for person in people[: MAX_VALUES + 1]
        for label, number in matching_numbers(person, typed)
        if (value := completion_for(person, label, number, book, region))
    ]
    return limit_values(values, is_partial=len(people) > MAX_VALUES)


def matching_people(book: AddressBook, typed: str) -> list[Person]:
    """Return matching people: names that start with the typed text first, then other search hits, best first."""
    prefix = normalize_name(typed)
    if len(prefix) > 1:
        hits = [hit.person for hit in book.search(typed, MAX_VALUES + 1)]
        return sorted(hits, key=lambda person: not normalize_name(person.name).startswith(prefix))
    names = {person.id: normalize_name(person.name) for person in book}
    matches = [person for person in book if match_rank(prefix, names[person.id]) < CONTAINS]
    return sorted(
        matches,
        key=lambda person: (match_rank(prefix, names[person.id]), names[person.id], person.id),
    )


def matching_numbers(person: Person, typed: str) -> Iterable[tuple[str, str]]:
    """Return the person's numbers that contain the typed digits, or all their numbers if none does."""
    digits = re.sub("[^0-9]", "", typed)
    return [entry for entry in person.numbers if digits and digits in entry[1]] or person.numbers


def completion_for(
    person: Person, label: str, number: str, book: AddressBook, region: str
) -> str | None:
    """Return the shortest value that resolves to this number only, or None."""
    name = inline(person.name)
    for value in (name, f"{name} ({inline(person.company)})", f"{name} {inline(label)}", number):
        resolved = book.resolve_number(value, region=region)
        if (
            isinstance(resolved, ResolvedNumber)
            and resolved.number == number
            and phone_numbers.is_e164(number)
        ):
            return value
    return None


async def complete_contact_id(typed: str, account: Account) -> CompletionValues:
    book = await account.directory.address_book()
    ids_with_prefix = [person.id for person in book if typed and person.id.startswith(typed)]
    matching_ids = [person.id for person in matching_people(book, typed)]
    return limit_values(
        [*ids_with_prefix, *matching_ids], is_partial=len(matching_ids) > MAX_VALUES
    )


async def complete_inbox(typed: str, account: Account) -> CompletionValues:
    inboxes = await allowed_inboxes(account)
    names = {inbox.number: inline(inbox.name or "") for inbox in inboxes}
    unambiguous_names = unambiguous(names)
    search_texts = {
        unambiguous_names.get(inbox.number, inbox.number): (
            names[inbox.number],
            inbox.number,
            inbox.id,
        )
        for inbox in inboxes
    }
    return limit_values(rank_values(typed, search_texts))


async def complete_teammate(typed: str, account: Account) -> CompletionValues:
    users = (await account.directory.users.get()).values()
    names = {user.id: full_name(user) for user in users}
    unambiguous_names = unambiguous(names)
    search_texts = {
        unambiguous_names.get(user.id) or user.email or user.id: (
            names[user.id],
            user.email or "",
            user.id,
        )
        for user in users
    }
    return limit_values(rank_values(typed, search_texts))


def unambiguous(names: Mapping[str, str]) -> dict[str, str]:
    """Return the entries whose name occurs once."""
    counts = Counter(normalize_name(name) for name in names.values())
    return {
        key: name
        for key, name in names.items()
        if normalize_name(name) and counts[normalize_name(name)] == 1
    }


async def complete_conversation_id(typed: str, account: Account) -> CompletionValues:
    """Return matches among the 100 most recently active conversations, by name and participants."""
    query = {"phoneNumbers": await resolve_inboxes(None, account), "maxResults": MAX_VALUES}
    page = await account.api.get(Page[Conversation], "conversations", query=query)
    await account.directory.address_book()
    presenter = account.presenter()
    search_texts = {
        conversation.id: (
            conversation.id,
            conversation.name or "",
            *(presenter.person(number) for number in conversation.participants),
        )
        for conversation in page.data
    }
    return limit_values(
        rank_values(typed, search_texts), is_partial=page.next_page_token is not None
    )


async def complete_since(typed: str, _account: Account) -> CompletionValues:
    return limit_values(rank_values(typed, {phrase: (phrase,) for phrase in TIME_PHRASES}))


def rank_values(typed: str, search_texts: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the values with a matching search text, best match first. search_texts: the texts of each value."""
    typed_name = normalize_name(typed)
    ranks = {
        value: min(match_rank(typed_name, normalize_name(text)) for text in texts)
        for value, texts in search_texts.items()
    }
    return sorted(
        (candidate for candidate in search_texts if ranks[candidate] < NO_MATCH),
        key=lambda candidate: ranks[candidate],
    )


CONTAINS, NO_MATCH = 2, 3


def match_rank(typed_name: str, text: str) -> int:
    """Rank a text: 0 if it starts with the typed name, 1 if a word does, else CONTAINS or NO_MATCH."""
    if text.startswith(typed_name):
        return 0
    if f" {typed_name}" in text:
        return 1
    return CONTAINS if typed_name in text else NO_MATCH


COMPLETERS: Mapping[str, Callable[[str, Account], Awaitable[CompletionValues]]] = {
    "person": complete_person,
    "inbox": complete_inbox,
    "teammate": complete_teammate,
    "since": complete_since,
    "contact_id": complete_contact_id,
    "conversation_id": complete_conversation_id,
}
