"""Which contact and which numbers a person on the command line means."""

from dataclasses import dataclass

from quo_mcp.config.settings import Settings
from quo_mcp.directory.address_book import ContactCandidates, ContactMatch, NoMatch, Person
from quo_mcp.errors import InvalidArguments
from quo_mcp.server.account import open_account
from quo_mcp.values.phone_numbers import is_canonical
from quo_mcp.values.untrusted import quote_inline


@dataclass(frozen=True)
class FoundPerson:
    """A person. numbers: in E.164 where they could be parsed. contact: None if only a number is known."""

    numbers: tuple[str, ...]
    contact: Person | None = None


def find_person(reference: str, settings: Settings, *, sandbox: bool) -> FoundPerson:
    """Return the person that a name, a number or a contact id means.

    A number with + and country code needs no contact, and Quo is not asked.

    Raises:
        InvalidArguments: no contact or several contacts match; the message lists them.
        Refusal: Quo could not be read.
    """
    import anyio  # noqa: PLC0415

    if is_canonical(reference):
        return FoundPerson((reference,))
    if sandbox:
        settings = settings.model_copy(update={"api_key": None, "quo_api_key": None})

    async def find() -> ContactMatch | ContactCandidates | NoMatch:
        async with open_account(settings) as account:
            directory = account.directory
            book = await directory.address_book()
            return book.find_contact(
                reference,
                region=await directory.default_region(),
                own_numbers=await directory.own_numbers(),
            )

    lookup = anyio.run(find)
    if not isinstance(lookup, ContactMatch) or not lookup.is_full_match:
        hint = "Use the full name, the contact id, or the number with + and country code."
        reason = f"{lookup}\n" if isinstance(lookup, ContactCandidates) else ""
        raise InvalidArguments(
            f"{reason}No single contact matches {quote_inline(reference)}. {hint}"
        )
    numbers = dict.fromkeys(number for _, number in lookup.person.numbers)
    return FoundPerson(tuple(numbers), lookup.person)
