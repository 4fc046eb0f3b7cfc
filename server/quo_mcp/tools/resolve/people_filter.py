"""A person or company as a filter of a list: all numbers of all contacts that match."""

from quo_mcp.directory.address_book.name_tokens import tokenize
from quo_mcp.directory.cache import ProgressCallback
from quo_mcp.errors import InvalidArguments
from quo_mcp.tools.context import Account
from quo_mcp.values import phone_numbers
from quo_mcp.values.references import parse_reference
from quo_mcp.values.untrusted import quote_inline


async def matching_numbers(
    text: str, account: Account, progress: ProgressCallback
) -> frozenset[str]:
    """Return the number in a text, or the numbers of all contacts whose name or company has all its words.

    Raises:
        InvalidArguments: no contact matches.
    """
    region = await account.directory.default_region()
    reference = parse_reference(text)
    candidates = [text.strip(), *(reference.numbers if reference else ())]
    numbers = [phone_numbers.parse(candidate, region) for candidate in candidates]
    if parsed := frozenset(filter(None, numbers)):
        return parsed
    words = set(tokenize(text))
    book = await account.directory.address_book(progress)
    matching = frozenset(
        number
        for person in book
        if words
        and words <= set(tokenize(f"{person.first_name} {person.last_name} {person.company}"))
        for _, number in person.numbers
    )
    if not matching:
        raise InvalidArguments(
            f"person: no contact or company with a number matches {quote_inline(text)}. Call quo_find_contacts, or give a number."
        )
    return matching
