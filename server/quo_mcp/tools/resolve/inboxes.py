"""Resolve an inbox, or choose one if none is named."""

from collections.abc import Iterable

from quo_mcp.directory.address_book.name_tokens import normalize_name, tokenize
from quo_mcp.errors import InvalidArguments
from quo_mcp.records.workspace import PhoneNumber
from quo_mcp.safety.scoped_api import select_inboxes
from quo_mcp.tools.context import Account
from quo_mcp.tools.resolve.line_mentions import NamedEntry, mentioned_ids
from quo_mcp.tools.resolve.resolution import Resolution
from quo_mcp.values import phone_numbers
from quo_mcp.values.references import candidate_line, parse_reference, with_number
from quo_mcp.values.untrusted import inline, inline_number, quote_inline
from quo_mcp.values.wrapping import readings

MAX_PAGES_BY_PERSON = 3  # pages scanned for the latest conversation with a person


async def resolve_inbox(reference: str, account: Account) -> PhoneNumber:
    """Return the allowed inbox with this id, number or name.

    Raises:
        InvalidArguments: no inbox matches, or several do; the message lists them.
    """
    inboxes = await allowed_inboxes(account)
    region = await account.directory.default_region()
    matches: list[PhoneNumber] = []
    for text in dict.fromkeys([reference.strip(), *readings(reference)]):
        matches = matches or match_inboxes(text, inboxes, region)
    matches = matches or inboxes_in_line(reference, inboxes)
    if len(matches) == 1:
        return matches[0]
    problem = (
        f"{quote_inline(reference, 160)} matches several inboxes."
        if matches
        else f"No inbox matches {quote_inline(reference, 160)}."
    )
    raise InvalidArguments(f"{problem} {describe_choices(matches or inboxes)}")


def match_inboxes(text: str, inboxes: Iterable[PhoneNumber], region: str) -> list[PhoneNumber]:
    """Return the inboxes with this id, number, name or printed form, or else with these words in their name."""
    number = phone_numbers.parse(text, region)
    name, words = normalize_name(text), set(tokenize(text))
    return (
        [inbox for inbox in inboxes if inbox.id == text or (number and inbox.number == number)]
        or [inbox for inbox in inboxes if normalize_name(inbox.name or "") == name != ""]
        # "Emergency" is enough if only one inbox has that word in its name.
        or [inbox for inbox in inboxes if words and words <= set(tokenize(inbox.name or ""))]
        or match_printed_inbox(text, inboxes)
    )


def inboxes_in_line(text: str, inboxes: Iterable[PhoneNumber]) -> list[PhoneNumber]:
    """Return the inboxes that a line of a result mentions, such as `incoming · on Front Desk · AC…`."""
    by_id = {inbox.id: inbox for inbox in inboxes}
    entries = [
        NamedEntry(inbox.id, inbox.name or "", (inbox.id,), inbox.number)
        for inbox in by_id.values()
    ]
    return [by_id[inbox_id] for inbox_id in mentioned_ids(text, entries)]


def match_printed_inbox(text: str, inboxes: Iterable[PhoneNumber]) -> list[PhoneNumber]:
    """Return the inboxes that `text` names as results do: `Front Desk (+1 415 555 0100)`, or a candidate's line.

    The name, the number and the id must all be the inbox's own.
    """
    reference = parse_reference(text)
    if reference is None:
        return []
    label = normalize_name(reference.label)
    numbers = {phone_numbers.parse(number, None) for number in reference.numbers}
    return [
        inbox
        for inbox in inboxes
        if label in {"", normalize_name(inbox.name or ""), normalize_name(inbox.number)}
        and numbers <= {inbox.number}
        and reference.id in {None, inbox.id}
        and (numbers or reference.id)
    ]


async def choose_inbox(people: list[str], account: Account) -> Resolution[PhoneNumber]:
    """Return the inbox to use if none is named.

    The order: the only inbox, the inbox of the latest conversation with these people, the default
    inbox of the settings. People expect an answer from the number they wrote to, so the default is
    for new people. A note names the inbox of a conversation.

    Raises:
        InvalidArguments: none of these exists; the message lists the inboxes.
    """
    inboxes = await allowed_inboxes(account)
    if len(inboxes) == 1:
        return Resolution(inboxes[0])
    if people and (latest := await inbox_of_latest_conversation(people, inboxes, account)):
        return latest
    if account.settings.default_inbox:
        return Resolution(await resolve_default_inbox(account.settings.default_inbox, account))
    raise InvalidArguments(
        f"inbox: required, because there are several inboxes and no default is set. {describe_choices(inboxes)}"
    )


async def resolve_default_inbox(reference: str, account: Account) -> PhoneNumber:
    """Resolve the default inbox of the settings. Its error names the setting, which only a person can change."""
    try:
        return await resolve_inbox(reference, account)
    except InvalidArguments as error:
        raise InvalidArguments(
            f"The default inbox in this server's settings is invalid. A person must correct QUO_MCP_DEFAULT_INBOX. {error}"
        ) from None


async def inbox_of_latest_conversation(
    people: list[str], inboxes: list[PhoneNumber], account: Account
) -> Resolution[PhoneNumber] | None:
    """Return the inbox of the latest conversation with exactly these people; None if there is none.

    A note names their conversations on other inboxes, so that the chosen one is not
    mistaken for the only one.
    """
    by_id = {inbox.id: inbox for inbox in inboxes}
    index = account.directory.conversations
    await index.refresh()
    conversations = [
        conversation
        for conversation in index.with_people(people)
        if conversation.inbox in by_id and not conversation.is_deleted
    ]
    if not conversations:
        return None
    first, *others = conversations
    chosen = by_id[first.inbox]
    presenter = account.presenter()
    elsewhere = [
        f"{inline(by_id[conversation.inbox].name or '')} ({presenter.time(conversation.last_activity_at)})"
        for conversation in others
        if conversation.inbox != chosen.id
    ]
    also = (
        f" They also have one on {', '.join(elsewhere)}. To use another inbox, set inbox."
        if elsewhere
        else ""
    )
    name = inline(chosen.name or "") or inline_number(chosen.number)
    return Resolution(
        chosen, (f"Inbox: {name}, which has the latest conversation with them.{also}",)
    )


async def resolve_inboxes(references: list[str] | None, account: Account) -> list[str] | None:
    """Return the ids of the named inboxes; without names, of all allowed ones. None means no restriction."""
    if references is None:
        return (
            [inbox.id for inbox in await allowed_inboxes(account)]
            if account.settings.inboxes
            else None
        )
    return list(
        dict.fromkeys([(await resolve_inbox(reference, account)).id for reference in references])
    )


async def allowed_inboxes(account: Account) -> list[PhoneNumber]:
    """Return the account's numbers that the settings allow.

    Raises:
        InvalidArguments: the account has no numbers, or the settings allow none of them.
    """
    every_inbox = await account.directory.numbers.get()
    inboxes = select_inboxes(every_inbox, account.settings.inboxes)
    if not inboxes:
        reason = (
            "No inboxes are visible to this account. A person must add a phone number in the Quo app."
            if not every_inbox
            else "QUO_MCP_INBOXES matches no inbox of this account. A person must correct this setting."
        )
        raise InvalidArguments(reason)
    return inboxes


async def reject_inbox(reference: str, account: Account) -> None:
    """Check that a person argument is not the id or name of an allowed inbox.

    Raises:
        InvalidArguments: it is.
    """
    every_inbox = await account.directory.numbers.get()
    for inbox in select_inboxes(every_inbox, account.settings.inboxes):
        if (
            reference == inbox.id
            or normalize_name(inbox.name or "") == normalize_name(reference) != ""
            or match_printed_inbox(reference, [inbox])
        ):
            raise InvalidArguments(
                f"{inline(inbox.name or '') or inline_number(inbox.number)} is one of your own inboxes, not a person. Use it only as an inbox."
            )


def describe_choices(inboxes: Iterable[PhoneNumber]) -> str:
    """Return a list of inboxes with their numbers and ids, one a line."""
    return "\n".join(["Available:", *map(inbox_line, inboxes)])


def inbox_line(inbox: PhoneNumber) -> str:
    """Return `- Front Desk (+1 415 555 0100) · PNfrontdesk1`."""
    number = inline_number(inbox.number)
    return candidate_line(with_number(inline(inbox.name or "") or number, number), inbox.id)


async def inbox_scope(inbox_id: str | None, account: Account) -> tuple[str, ...] | None:
    """Return the ids of the inboxes that a list reads; None for all of the account's.

    inbox_id: the one that the call names, if any.
    """
    if inbox_id:
        return (inbox_id,)
    if not account.settings.inboxes:
        return None
    return tuple(inbox.id for inbox in await allowed_inboxes(account))
