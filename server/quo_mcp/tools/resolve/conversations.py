"""Resolve a conversation to its id, or an id to its conversation."""

import re
from collections.abc import Sequence
from typing import Any

from quo_mcp.directory.address_book import Ambiguity, Candidates
from quo_mcp.directory.conversation_scan import ConversationScan
from quo_mcp.errors import InvalidArguments
from quo_mcp.records.conversations import Conversation
from quo_mcp.tools.base import Tool
from quo_mcp.tools.context import Account, ToolContext, presenter_with_names
from quo_mcp.tools.rendering.groups import group_label, is_group
from quo_mcp.tools.resolve.conversation_names import (
    MAX_LISTED,
    conversation_by_name,
    several_conversations,
)
from quo_mcp.tools.resolve.people import (
    SEVERAL_NUMBERS,
    choose_number,
    look_up_name,
    parse_number,
)
from quo_mcp.tools.resolve.recent_conversations import RecentConversations, conversation_line
from quo_mcp.tools.resolve.resolution import Resolution, carry_notes
from quo_mcp.values import phone_numbers
from quo_mcp.values.numbers_in_text import numbers_in
from quo_mcp.values.reference_ids import read_id
from quo_mcp.values.references import MAX_LINE_LENGTH, SEPARATOR, split_heading
from quo_mcp.values.untrusted import quote_inline
from quo_mcp.values.wrapping import readings

MAX_PAGES_BY_ID = (
    10  # Quo has no operation that gets a conversation by its id, so pages are scanned
)
CONVERSATION_ID = re.compile("CN[A-Za-z0-9]{1,64}")
# Where a name is accepted too, an id needs a digit and 8 characters to count as one.
UNAMBIGUOUS_ID = re.compile("(?=[A-Za-z]*[0-9])CN[A-Za-z0-9]{8,64}")


async def conversation_by_id(conversation_id: str, account: Account) -> Conversation:
    """Return the conversation with this id.

    Raises:
        InvalidArguments: the id is not among the latest conversations on the allowed inboxes.
    """
    scan = ConversationScan(account.api, max_pages=MAX_PAGES_BY_ID)
    async for conversation in scan:
        if conversation.id == conversation_id:
            return conversation
    if scan.complete:
        raise InvalidArguments(f"Conversation not found: {conversation_id}.")
    raise InvalidArguments(
        f"{conversation_id} is not among the {scan.read_count:,} conversations with the latest activity, and Quo cannot look one up by "
        "id. To search further back, call quo_list_conversations."
    )


async def resolve_conversations(
    references: Sequence[str], context: ToolContext, *, inbox: str | None = None
) -> Resolution[list[str]]:
    """Return the id of each conversation, without duplicates. inbox: the only one to accept.

    Raises:
        InvalidArguments: references are unknown, ambiguous or on another inbox; the message names each of them.
    """
    recent = RecentConversations(context.account, [inbox] if inbox else None)
    conversation_ids: dict[str, None] = {}
    notes: list[str] = []
    errors: list[tuple[str, InvalidArguments]] = []
    with carry_notes(notes):
        for reference in references:
            try:
                conversation_id, new_notes = await resolve_conversation(reference, context, recent)
            except InvalidArguments as error:
                errors.append((reference, error))
            else:
                conversation_ids[conversation_id] = None
                notes += new_notes
        if errors and len(references) == 1:
            raise errors[0][1]
        if errors:
            raise InvalidArguments(
                "\n".join(
                    [
                        f"Nothing was changed: {len(errors)} of the {len(references)} conversations cannot be used.",
                        *(f"{quote_inline(reference, 80)}: {error}" for reference, error in errors),
                        "Call again with corrected values, or without them.",
                    ]
                )
            )
    return Resolution(list(conversation_ids), tuple(notes))


async def resolve_conversation(
    reference: str, context: ToolContext, recent: RecentConversations
) -> Resolution[str]:
    """Return a conversation's id, from the id itself, from the one person it is with, or from its name.

    Raises:
        InvalidArguments: no conversation matches, or several do; the message lists them with their ids.
    """
    reference = reference.strip()
    for text in (reference, *readings(reference)):
        if CONVERSATION_ID.fullmatch(text):
            return Resolution(await check_inbox(text, context.account, recent))
    if conversation := await match_printed_conversation(reference, context.account):
        return Resolution(await check_inbox(conversation.id, context.account, recent))
    try:
        numbers, notes = await numbers_of(reference, context)
    except InvalidArguments:
        if named := await conversation_by_name(reference, context, recent):
            return Resolution(named.value.id, named.notes)
        raise
    with carry_notes(notes):
        conversation = await find_conversation(numbers, context.account, recent)
    return Resolution(conversation.id, notes)


async def check_inbox(conversation_id: str, account: Account, recent: RecentConversations) -> str:
    """Return the id if no inbox was named, or if the conversation is on the named one.

    Raises:
        InvalidArguments: it is not among the latest conversations there.
    """
    if recent.inboxes and conversation_id not in {
        recent_one.id for recent_one in await recent.read()
    }:
        names = " or ".join(map(account.presenter().inbox, recent.inboxes))
        raise InvalidArguments(
            f"No conversation {conversation_id} on {names}{recent.scope}. Omit inbox, or correct the id."
        )
    return conversation_id


async def match_printed_conversation(text: str, account: Account) -> Conversation | None:
    """Return the conversation of a printed line, such as `Wed 2026-11-25 14:30 · Jane (+1 …) · on Front Desk · CN…`.

    Returns None if the text is not such a line.

    Raises:
        InvalidArguments: the conversation is unknown, or it is not with the people in the line.
    """
    conversation_id = id_in_line(text)
    if conversation_id is None:
        return None
    try:
        conversation = await conversation_by_id(conversation_id, account)
    except InvalidArguments as error:
        hint = "" if conversation_id == text.strip() else " You can also give only the id."
        raise InvalidArguments(f"{error}{hint}") from None
    presenter = await presenter_with_names(account)
    people = presenter.people(conversation.participants)
    forms = [people, presenter.short_people(conversation.participants)]
    if conversation.name and (label := group_label(conversation)):
        forms.append(label)
    if not await _is_with(forms, conversation, text, account):
        raise InvalidArguments(
            f"{conversation_id} is with {people}, which differs from {quote_inline(text, 160)}. Give only the id, or only the person."
        )
    return conversation


async def _is_with(
    forms: Sequence[str], conversation: Conversation, text: str, account: Account
) -> bool:
    """Return whether the people in a printed line are those of the conversation.

    forms: how lines print them. A line or a link without people has only the id.
    """
    heading = next(filter(None, map(split_heading, (text, *readings(text)))), None)
    own_numbers = await account.directory.own_numbers()
    numbers = set(numbers_in(text)) - own_numbers
    if heading is None or not SEPARATOR.join(heading):
        return numbers <= set(conversation.participants)
    printed = f"{SEPARATOR}{heading[0]}{SEPARATOR}"
    return any(
        f"{SEPARATOR}{word}{people}{SEPARATOR}" in printed
        for word in ("", "with ")
        for people in forms
    )


def id_in_line(text: str) -> str | None:
    """Return the one conversation id in a printed line or a link; None if there is none.

    Raises:
        InvalidArguments: there are several.
    """
    if len(text) > MAX_LINE_LENGTH:
        return None
    try:
        conversation_id = read_id(text, UNAMBIGUOUS_ID.pattern)
    except ValueError as error:
        raise InvalidArguments(f"{quote_inline(text, 160)} {error}.") from None
    return conversation_id if UNAMBIGUOUS_ID.fullmatch(conversation_id) else None


async def find_conversation(
    numbers: set[str], account: Account, recent: RecentConversations
) -> Conversation:
    """Return the one conversation with a person alone. numbers: all of the person's, case-folded.

    Raises:
        InvalidArguments: there is none, or several; the message lists them, or the person's groups, with their ids.
    """
    with_them = [
        conversation
        for conversation in await recent.read()
        if numbers & {number.casefold() for number in conversation.participants}
    ]
    groups = [conversation for conversation in with_them if is_group(conversation)]
    matches = [conversation for conversation in with_them if not is_group(conversation)]
    if len(matches) == 1:
        return matches[0]
    presenter = account.presenter()
    people = presenter.people(sorted(numbers))
    if matches:
        raise several_conversations(people, matches, account)
    where = "".join(f" on {presenter.inbox(inbox)}" for inbox in recent.inboxes or ())
    problem = f"No one-to-one conversation with {people}{where}{recent.scope or ' found'}."
    if groups:
        problem += "\n" + "\n".join(
            [
                "Groups with them:",
                *(conversation_line(group, presenter) for group in groups[:MAX_LISTED]),
                "If you mean a group, call again with its id or name.",
                presenter.footer(),
            ]
        )
    elif recent.scope:
        problem += (
            " To search further back, call quo_list_conversations, then give the conversation id."
        )
    raise InvalidArguments(problem)


async def numbers_of(reference: str, context: ToolContext) -> Resolution[set[str]]:
    """Return every number of one person, case-folded.

    A short code and a withheld number ("anonymous") count as numbers here, because Quo has
    conversations with them.
    """
    if phone_numbers.is_short_code(reference) or phone_numbers.is_withheld(reference):
        return Resolution({reference.casefold()})
    chosen = await parse_number(reference, context.account)
    if chosen is None:
        # Not for a read: the conversation may be marked, which is a write.
        match = await look_up_name(reference, context, for_read=False)
        if isinstance(match, Candidates) and match.ambiguity is Ambiguity.NUMBER:
            usable = [candidate for candidate in match.candidates if candidate.is_textable]
            if numbers := {candidate.number for candidate in usable if candidate.number}:
                return Resolution(numbers)
        chosen = await choose_number(reference, match, context.account, for_read=False)
    return Resolution({chosen.value}, chosen.notes)


async def conversation_given_as_person(
    references: Sequence[str], tool_class: type[Tool[Any]], account: Account
) -> Conversation | None:
    """Return the conversation whose id or printed line was given in a person argument; None if there is none.

    Raises:
        InvalidArguments: the conversation is unknown, or the argument does not accept it.
    """
    conversation_ids = [
        (reference, conversation_id)
        for reference in map(str.strip, references)
        if (conversation_id := id_in_line(reference))
    ]
    if not conversation_ids:
        return None
    reference, conversation_id = conversation_ids[0]
    if "conversation" in tool_class.model_fields and numbers_in(reference):
        await match_printed_conversation(reference, account)  # to reject parts of different lines
        return None  # the line names the person too
    if "conversation" in tool_class.model_fields:
        raise InvalidArguments(f"{conversation_id} is a conversation id. Give it as conversation.")
    if len(references) > 1 and SEVERAL_NUMBERS.search(reference):
        raise InvalidArguments(
            f"{quote_inline(reference, 160)}: This names several people: give each as its own item."
        )
    if len(references) > 1:
        raise InvalidArguments(
            f"{conversation_id} is a conversation id. Give it alone, or name the people instead."
        )
    try:
        conversation = await match_printed_conversation(
            reference, account
        ) or await conversation_by_id(conversation_id, account)
    except InvalidArguments as error:
        raise InvalidArguments(
            f"{error} You can also give the name or number of the person it is with."
        ) from None
    if not conversation.participants:
        raise InvalidArguments(
            f"Quo lists no participants in {conversation.id}. Name the people instead."
        )
    return conversation
