"""An address book in memory: search by anything, but resolve a name only if it is unambiguous.

book            the address book
people_index    people by id, number, email address and words
person          one person, and how to display them
name_tokens     words of names, normalized
word_index      an inverted index: word → people
search          the best matches for a query, typos included
contact_search  every match for a sentence, with conditions on custom fields (contact_sentence, …)
name_parsing    the ways to read a query as a name, and the people it matches
number_lookup   the one phone number that a query means, or the candidates
contact_lookup  the one contact that a query means, or the candidates
printed_people  people as results print them
matches         the results of `number_lookup`
"""

from quo_mcp.directory.address_book.book import AddressBook
from quo_mcp.directory.address_book.contact_lookup import ContactCandidates, ContactMatch
from quo_mcp.directory.address_book.contact_search import ContactSearch
from quo_mcp.directory.address_book.matches import (
    Ambiguity,
    Candidate,
    Candidates,
    NoMatch,
    ResolvedNumber,
)
from quo_mcp.directory.address_book.person import Person, person_label
from quo_mcp.directory.address_book.search import MatchedField, SearchHit

__all__ = [
    "AddressBook",
    "Ambiguity",
    "Candidate",
    "Candidates",
    "ContactCandidates",
    "ContactMatch",
    "ContactSearch",
    "MatchedField",
    "NoMatch",
    "Person",
    "ResolvedNumber",
    "SearchHit",
    "person_label",
]
