"""The address book: an index of people that also resolves a query to one number or one contact."""

from collections.abc import Collection

from quo_mcp.directory.address_book import contact_lookup, number_lookup
from quo_mcp.directory.address_book.contact_lookup import ContactCandidates, ContactMatch
from quo_mcp.directory.address_book.matches import Candidates, NoMatch, ResolvedNumber
from quo_mcp.directory.address_book.people_index import PeopleIndex


class AddressBook(PeopleIndex):
    """People, with the lookup of the one number or contact that a query means."""

    def resolve_number(
        self, query: str, *, region: str | None, own_numbers: Collection[str] = ()
    ) -> ResolvedNumber | Candidates | NoMatch:
        """Find the one phone number that `query` means: see `number_lookup`.

        region: for numbers without "+", see `phone_numbers.parse_with_extension`. own_numbers: of the inboxes.
        """
        return number_lookup.resolve_number(
            query, index=self, region=region, own_numbers=own_numbers
        )

    def find_contact(
        self, query: str, *, region: str | None, own_numbers: Collection[str] = ()
    ) -> ContactMatch | ContactCandidates | NoMatch:
        """Find the one contact that `query` means: see `contact_lookup`.

        region: for numbers without "+", see `phone_numbers.parse_with_extension`. own_numbers: of the inboxes.
        """
        return contact_lookup.find_contact(
            query, index=self, region=region, own_numbers=own_numbers
        )
