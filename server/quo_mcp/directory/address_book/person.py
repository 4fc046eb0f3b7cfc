"""One person of the address book, and how they are shown."""

from dataclasses import dataclass

from quo_mcp.values.untrusted import inline


@dataclass(frozen=True, slots=True)
class Person:
    """A contact as the address book needs it: every text is as other people wrote it.

    id: the contact's id. numbers: (label, number), E.164 wherever it could be read as such.
    emails: (label, address). custom: (property, value), values as text. source: where the entry
    came from.
    """

    id: str
    first: str = ""
    last: str = ""
    company: str = ""
    role: str = ""
    numbers: tuple[tuple[str, str], ...] = ()
    emails: tuple[tuple[str, str], ...] = ()
    custom: tuple[tuple[str, str], ...] = ()
    source: str = ""

    @property
    def name(self) -> str:
        """First and last name as written, the company where there is neither; not yet fit to show."""
        return " ".join(part for part in (self.first, self.last) if part.strip()) or self.company


def label(person: Person) -> str:
    """'Jane Doe (Acme)', or whatever of it there is: one line, fit to show.

    >>> label(Person("c1", first="Jane", last="Doe", company="Acme"))
    'Jane Doe (Acme)'
    """
    name, company = inline(person.name), inline(person.company)
    if not name:
        return next(
            (inline(address, words=1) for _, address in person.emails), "a contact without a name"
        )
    return f"{name} ({company})" if company and company != name else name
