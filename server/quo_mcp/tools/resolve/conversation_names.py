"""Conversations by the words that people use for them: a group's name, its members, a company.

These are tried only after no person matches. A conversation is used only if it is the only one that matches.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from quo_mcp.directory.address_book import Ambiguity, NoMatch, Person, ResolvedNumber
from quo_mcp.directory.address_book.book import AddressBook
from quo_mcp.directory.address_book.name_tokens import normalize_name, tokenize
from quo_mcp.errors import InvalidArguments
from quo_mcp.records.conversations import Conversation
from quo_mcp.tools.context import Account, ToolContext
from quo_mcp.tools.rendering.groups import group_label, is_group
from quo_mcp.tools.resolve.recent_conversations import RecentConversations, conversation_line
from quo_mcp.tools.resolve.resolution import Resolution
from quo_mcp.tools.resolve.teammates import find_teammates_if_readable
from quo_mcp.values.phone_numbers import is_e164
from quo_mcp.values.untrusted import quote_inline

MAX_LISTED = 5  # candidates
# Words around a name: "the Hyacinth Lane group", "group with Grace", "Grace's group chat".
_FRAME: Final = frozenset(
    {"the", "a", "our", "my", "with", "of", "and", "for", "group", "chat", "conversation", "thread"}
)
_GROUP_WORDS: Final = frozenset({"group", "chat"})
_POSSESSIVE: Final = re.compile(r"['\u2019]s\b")


async def conversation_by_name(
    reference: str, context: ToolContext, recent: RecentConversations
) -> Resolution[Conversation] | None:
    """Return the one conversation that a name other than a person's means; None if none matches.

    A note says which one.

    Raises:
        InvalidArguments: several match equally well; the message lists them with their ids.
    """
    matches = await _conversations_by_name(reference, context, recent)
    if len(matches) > 1:
        raise several_conversations(quote_inline(reference), matches, context.account)
    if not matches:
        return None
    return Resolution(matches[0], (_note(reference, matches[0], recent, context.account),))


async def people_by_name(reference: str, context: ToolContext) -> Resolution[list[str]] | None:
    """Return the numbers of the group, or of the one person at the company, that a name means; None if there is none.

    They may have conversations on several inboxes. A note says who they are.

    Raises:
        InvalidArguments: different people match equally well; the message lists the conversations.
    """
    recent = RecentConversations(context.account)
    matches = await _conversations_by_name(reference, context, recent)
    if len({frozenset(match.participants) for match in matches}) > 1:
        raise several_conversations(quote_inline(reference), matches, context.account)
    if not matches or not all(map(is_e164, matches[0].participants)):
        return None
    note = _note(reference, matches[0], recent, context.account)
    return Resolution(list(matches[0].participants), (note,))


async def _conversations_by_name(
    reference: str, context: ToolContext, recent: RecentConversations
) -> Sequence[Conversation]:
    """Return the conversations that match best.

    In this order: the group with this name; groups with these words in their name; with the word "group",
    groups with this member; conversations with the company of this name.
    """
    account = context.account
    all_words = tokenize(_POSSESSIVE.sub("", reference))
    words = frozenset(all_words) - _FRAME
    if not words:
        return ()
    book = await account.directory.address_book(context.progress)
    region = await account.directory.default_region()
    is_person = _is_name_of_person(reference, words, book, region) or bool(
        await find_teammates_if_readable(reference, account)
    )
    is_called_group = bool(_GROUP_WORDS & set(all_words))
    recent_conversations = await recent.read()
    groups = [conversation for conversation in recent_conversations if is_group(conversation)]
    wanted_names = {normalize_name(reference), " ".join(w for w in all_words if w not in _FRAME)}
    tiers: list[tuple[Iterable[Conversation], Callable[[Conversation], bool]]] = [
        (groups, lambda group: normalize_name(group.name or "") in wanted_names - {""}),
    ]
    if not is_person:
        tiers.append((groups, lambda group: words <= set(tokenize(group.name or ""))))
    if is_called_group:
        tiers.append((groups, lambda group: _has_member(group, words, book)))
    elif not is_person:
        tiers.append(
            (recent_conversations, lambda conversation: _is_with_company(conversation, words, book))
        )
    for candidates, matches in tiers:
        if conversations := list(filter(matches, candidates)):
            return conversations
    return ()


def _note(
    reference: str, conversation: Conversation, recent: RecentConversations, account: Account
) -> str:
    """Return the sentence that says which conversation a name was taken to mean."""
    label = group_label(conversation) or "conversation"
    people = account.presenter().people(conversation.participants)
    return (
        f"{quote_inline(reference)}: using the {label} with {people}, the only match{recent.scope}."
    )


def several_conversations(
    subject: str, matches: Sequence[Conversation], account: Account
) -> InvalidArguments:
    """Return the error for several conversations that match a subject, with their ids."""
    more = len(matches) - MAX_LISTED
    inboxes = {match.phone_number_id for match in matches}
    presenter = account.presenter()
    return InvalidArguments(
        "\n".join(
            [
                f"{subject}: {len(matches)} conversations match:",
                *(conversation_line(match, presenter) for match in matches[:MAX_LISTED]),
                *([f"{more} more not shown."] if more > 0 else ()),
                f"Call again with the id of one{', or name the inbox' * (len(inboxes) > 1)}.",
                presenter.footer(),
            ]
        )
    )


def _is_name_of_person(
    reference: str, words: frozenset[str], book: AddressBook, region: str
) -> bool:
    """Whether a person's own name has a word of the reference, so that a person may be meant.

    A similar spelling and a company's name do not count.
    """
    match = book.resolve_number(reference, region=region)
    if isinstance(match, ResolvedNumber):
        return True
    if isinstance(match, NoMatch) or match.ambiguity is Ambiguity.SPELLING:
        return False
    return any(
        candidate.person is None
        or words & set(tokenize(f"{candidate.person.first_name} {candidate.person.last_name}"))
        for candidate in match.candidates
    )


def _has_member(group: Conversation, words: frozenset[str], book: AddressBook) -> bool:
    """Whether every word is in the name or the company of a member."""
    member_words = {
        word
        for person in _members(group, book)
        for word in tokenize(f"{person.name} {person.company}")
    }
    return words <= member_words


def _is_with_company(conversation: Conversation, words: frozenset[str], book: AddressBook) -> bool:
    """Whether the conversation is with one person only, whose company's name has these words."""
    return not is_group(conversation) and any(
        words <= set(tokenize(person.company)) for person in _members(conversation, book)
    )


def _members(conversation: Conversation, book: AddressBook) -> list[Person]:
    return [person for number in conversation.participants for person in book.by_number(number)]
