"""Resolve a conversation to its id, or an id to its conversation."""

import re
from collections.abc import Sequence
from typing import Any

from quo_mcp.directory.address_book import Ambiguity, Candidates
from quo_mcp.directory.conversation_scan import ConversationScan, last_activity_time
from quo_mcp.errors import InvalidArguments
from quo_mcp.records.conversations import Conversation
from quo_mcp.tools.base import Tool
from quo_mcp.tools.context import Account, ToolContext
from quo_mcp.tools.resolve.inboxes import MAX_PAGES_BY_PERSON, resolve_inboxes
from quo_mcp.tools.resolve.people import choose_number, look_up_name, parse_number
from quo_mcp.tools.resolve.resolution import Resolution, carry_notes
from quo_mcp.values import phone_numbers

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
        raise InvalidArguments(f"There is no conversation {conversation_id}.")
    raise InvalidArguments(
        f"{conversation_id} is not among the {scan.read_count} conversations with the latest activity, and Quo gives none by its id. "
        "quo_list_conversations reads further back."
    )


async def resolve_conversation(reference: str, context: ToolContext) -> Resolution[str]:
    """Return a conversation's id, from the id itself or from the one person it is with.

    Raises:
        InvalidArguments: no conversation matches, or several do; the message lists them with their ids.
    """
    reference = reference.strip()
    if CONVERSATION_ID.fullmatch(reference):
        return Resolution(reference)
    numbers, notes = await numbers_of(reference, context)
    with carry_notes(notes):
        conversation = await find_conversation(numbers, context.account)
    return Resolution(conversation.id, notes)


async def find_conversation(numbers: set[str], account: Account) -> Conversation:
    """Return the one conversation with a person alone. numbers: all of the person's, case-folded.

    Raises:
        InvalidArguments: there is none, or several; the message lists them with their ids.
    """
    scan = ConversationScan(
        account.api, max_pages=MAX_PAGES_BY_PERSON, inboxes=await resolve_inboxes(None, account)
    )
    matches = [
        conversation
        async for conversation in scan
        if len(conversation.participants) == 1
        and conversation.participants[0].casefold() in numbers
    ]
    if len(matches) == 1:
        return matches[0]
    presenter = account.presenter()
    people = presenter.people(sorted(numbers))
    if not matches and scan.complete:
        raise InvalidArguments(f"There is no thread with {people} alone.")
    if not matches:
        raise InvalidArguments(
            f"No thread with {people} alone is among the latest {scan.read_count}. Give its id: quo_list_conversations reads "
            "further back."
        )
    lines = [
        f"- {presenter.time(last_activity_time(conversation))} with {presenter.people(conversation.participants)} on "
        f"{presenter.inbox_name(conversation.phone_number_id)} ({conversation.id})"
        for conversation in sorted(matches, key=last_activity_time, reverse=True)
    ]
    raise InvalidArguments(
        "\n".join(["There are several threads:", *lines, "Give the id of one.", presenter.footer()])
    )


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
    """Return the conversation whose id was given in a person argument; None if there is no such id.

    Raises:
        InvalidArguments: the conversation is unknown, or the argument does not accept it.
    """
    ids = [
        reference.strip() for reference in references if UNAMBIGUOUS_ID.fullmatch(reference.strip())
    ]
    if not ids:
        return None
    if "conversation_id" in tool_class.model_fields:
        raise InvalidArguments(f"{ids[0]} is a thread's id: give it as conversation_id.")
    if len(references) > 1:
        raise InvalidArguments(f"{ids[0]} is a thread's id: give it alone, or name the people.")
    try:
        conversation = await conversation_by_id(ids[0], account)
    except InvalidArguments as error:
        raise InvalidArguments(
            f"{error} Here, give the name or number of whom it is with."
        ) from None
    if not conversation.participants:
        raise InvalidArguments(f"Quo names nobody in {conversation.id}.")
    return conversation
