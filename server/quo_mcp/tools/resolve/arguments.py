"""Resolve every reference in a tool's arguments, by the kinds that its fields declare.

`fields.Resolves` marks a field with its kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from quo_mcp.errors import InvalidArguments
from quo_mcp.records.conversations import Conversation
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import Account, ToolContext
from quo_mcp.tools.fields import ReferenceKind, reference_kinds
from quo_mcp.tools.resolve.contacts import resolve_contact
from quo_mcp.tools.resolve.continued_lists import check_continuation, continue_list
from quo_mcp.tools.resolve.conversation_names import people_by_name
from quo_mcp.tools.resolve.conversations import conversation_given_as_person, resolve_conversations
from quo_mcp.tools.resolve.inboxes import choose_inbox, resolve_inbox, resolve_inboxes
from quo_mcp.tools.resolve.moments import parse_printed, resolve_due, resolve_time
from quo_mcp.tools.resolve.people import resolve_people
from quo_mcp.tools.resolve.resolution import Resolution, carry_notes
from quo_mcp.tools.resolve.tasks import resolve_task
from quo_mcp.tools.resolve.teammates import resolve_teammate
from quo_mcp.values import times
from quo_mcp.values.untrusted import quote_inline

AnyTool = TypeVar("AnyTool", bound=Tool[Any])

# A person's conversation decides the inbox, so people come before inboxes. An inbox limits which
# conversation is meant. Times come first because they need no request.
RESOLUTION_ORDER: tuple[ReferenceKind, ...] = (
    "since",
    "until",
    "due",
    "teammate",
    "task",
    "contact",
    "person",
    "inbox",
    "inbox_filter",
    "inboxes",
    "conversation",
)

SONA_ARGUMENTS = frozenset({"assignee", "handled_by", "sent_by", "user_id"})
"""The arguments of reads that accept Sona, Quo's AI agent. Quo cannot read with its access."""


def participant_numbers(tool: Tool[Any]) -> list[str]:
    """Return the E.164 number of every person in a tool's resolved arguments."""
    numbers: list[str] = []
    for name, kind in reference_kinds(type(tool)).items():
        if kind == "person" and (value := getattr(tool, name)):
            numbers += [value] if isinstance(value, str) else value
    return numbers


async def resolve_arguments(tool: AnyTool, context: ToolContext) -> Resolution[AnyTool]:
    """Return a copy of the tool with every reference resolved.

    An inbox that was left out follows from the people, the conversation or the settings.

    Raises:
        InvalidArguments: a reference is unknown or ambiguous, a time range is empty, or the page token belongs to
            another list.
    """
    kinds = reference_kinds(type(tool))
    tool, continuation = await continue_list(tool, context)
    for_read = tool.effect is Effect.READ
    resolved: dict[str, Any] = {}
    notes: list[str] = []
    parties = Parties()
    with carry_notes(notes):
        for name in sorted(kinds, key=lambda argument: RESOLUTION_ORDER.index(kinds[argument])):
            value, kind = getattr(tool, name), kinds[name]
            new_notes: tuple[str, ...] = ()
            match kind:
                case "person" if value is not None:
                    check_time_order(tool, resolved, context.account)
                    parties, new_notes = await resolve_parties(
                        value, type(tool), context, for_read=for_read
                    )
                    resolved[name] = parties.people[0] if isinstance(value, str) else parties.people
                case "inbox" | "inbox_filter" if value is not None or parties.conversation:
                    resolved[name] = await inbox_for_parties(value, parties, context.account)
                case "inbox" if (parties.people and not for_read) or not (
                    {"person", "conversation"} & set(kinds.values())
                ):
                    inbox, new_notes = await choose_inbox(parties.people, context.account)
                    resolved[name] = inbox.id
                case "inboxes":
                    resolved[name] = await resolve_inboxes(value, context.account)
                case "person" | "inbox" | "inbox_filter":
                    pass
                case _ if value is not None:
                    resolved[name], new_notes = await resolve_independent(
                        value,
                        kind,
                        context,
                        effect=tool.effect,
                        inbox=resolved.get("inbox"),
                        accepts_sona=for_read and name in SONA_ARGUMENTS,
                    )
            notes += new_notes
        check_time_order(tool, resolved, context.account)
        tool = tool.model_copy(update=resolved) if resolved else tool
        if continuation:
            await check_continuation(tool, continuation, context)
    return Resolution(tool, tuple(notes))


@dataclass(frozen=True)
class Parties:
    """The people that a tool call is about.

    people: E.164 numbers. conversation: the one whose id was given instead of names.
    """

    people: list[str] = field(default_factory=list)
    conversation: Conversation | None = None


async def resolve_parties(
    value: str | list[str], tool_class: type[Tool[Any]], context: ToolContext, *, for_read: bool
) -> Resolution[Parties]:
    """Resolve a person argument: names and numbers, or the id of a conversation with these people.

    Raises:
        InvalidArguments: a reference is unknown or ambiguous, or a group where one person is required.
    """
    references = [value] if isinstance(value, str) else value
    conversation = await conversation_given_as_person(references, tool_class, context.account)
    try:
        people, notes = await resolve_people(
            conversation.participants if conversation else references, context, for_read=for_read
        )
    except InvalidArguments:
        if not for_read or len(references) > 1 or conversation:
            raise
        named = await people_by_name(references[0], context)
        if named is None:
            raise
        people, notes = named
    if isinstance(value, str) and len(people) > 1:
        subject = conversation.id if conversation else quote_inline(value)
        raise InvalidArguments(
            f"{subject} is a group conversation with {context.account.presenter().people(people)}. Only one person is accepted here: "
            "name one of them."
        )
    return Resolution(Parties(people, conversation), notes)


async def inbox_for_parties(reference: str | None, parties: Parties, account: Account) -> str:
    """Return the id of the named inbox, or of the conversation's inbox.

    Raises:
        InvalidArguments: the inbox is unknown, or the conversation is on another one.
    """
    conversation = parties.conversation
    if reference is None and conversation:
        return conversation.phone_number_id
    inbox_id = (await resolve_inbox(reference or "", account)).id
    if conversation and conversation.phone_number_id != inbox_id:
        raise InvalidArguments(
            f"{conversation.id} is on {account.presenter().inbox_name(conversation.phone_number_id)}. Omit inbox, or name the people "
            "instead of the conversation."
        )
    return inbox_id


async def resolve_independent(
    reference: Any,
    kind: ReferenceKind,
    context: ToolContext,
    *,
    effect: Effect,
    inbox: str | None,
    accepts_sona: bool,
) -> Resolution[Any]:
    """Resolve a reference, or a list of conversations, that depends on no person.

    effect: what the call does. inbox: the id of the inbox that it names, if any. accepts_sona: see `resolve_teammate`.
    """
    match kind:
        case "conversation":
            return await resolve_conversations(reference, context, inbox=inbox)
        case "contact":
            return await resolve_contact(reference, context, for_read=effect is Effect.READ)
        case "task":
            return await resolve_task(reference, context, effect=effect)
        case "teammate":
            return Resolution(
                await resolve_teammate(reference, context.account, accepts_sona=accepts_sona)
            )
        case "since" | "until":
            return Resolution(resolve_time(reference, kind, context.account))
        case _:
            return Resolution(resolve_due(reference, context.account))


def check_time_order(tool: Tool[Any], resolved: Mapping[str, Any], account: Account) -> None:
    """Check that every time range ends after it starts.

    Raises:
        InvalidArguments: a range is empty.
    """
    for start_name, kind in reference_kinds(type(tool)).items():
        end_name = start_name.replace("since", "until")
        start, end = resolved.get(start_name), resolved.get(end_name)
        if kind != "since" or not start or not end or start < end:
            continue
        zone, presenter = account.zone, account.presenter()
        first, last = (presenter.time(datetime.fromisoformat(moment)) for moment in (start, end))
        since, until = (" ".join(getattr(tool, name).split()) for name in (start_name, end_name))
        swap_helps = _would_swap_help(since, until, account)
        raise InvalidArguments(
            f"The time range is empty: {start_name} {quote_inline(since)} starts at {first}, and {end_name} {quote_inline(until)} ends at "
            f"{last} ({zone.key}). {'Swap them' if swap_helps else 'Set them further apart'}, or omit one."
        )


def _would_swap_help(since: str, until: str, account: Account) -> bool:
    now, zone = account.now(), account.zone
    start = parse_printed(
        until, lambda text: times.parse_time(text, now=now, zone=zone, edge="since")
    )
    end = parse_printed(
        since, lambda text: times.parse_time(text, now=now, zone=zone, edge="until")
    )
    return start < end and start <= now
