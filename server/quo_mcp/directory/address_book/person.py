"""A person in the address book, and how to display them."""

from dataclasses import dataclass

from quo_mcp.values.person_names import full_name
from quo_mcp.values.references import SEPARATOR
from quo_mcp.values.untrusted import inline


@dataclass(frozen=True, slots=True)
class Person:
    """The fields of a contact that the address book needs. All texts are untrusted.

    id: the contact's id.
    numbers: (label, number); E.164 if the number could be parsed.
    emails: (label, address).
    custom_fields: (field, value); values are text.
    source: the origin of the contact, such as an integration.
    """

    id: str
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    role: str = ""
    numbers: tuple[tuple[str, str], ...] = ()
    emails: tuple[tuple[str, str], ...] = ()
    custom_fields: tuple[tuple[str, str], ...] = ()
    source: str = ""

    @property
    def name(self) -> str:
        """The full name, or the company if there is none. Not safe to display."""
        return full_name(self.first_name, self.last_name) or self.company


def person_label(person: Person, *, with_company: bool = True) -> str:
    """Return 'Jane Doe, Acme', or the parts that exist. The result is one line and safe to display.

    >>> person_label(Person("c1", first_name="Jane", last_name="Doe", company="Acme"))
    'Jane Doe, Acme'
    """
    name, company = inline(person.name), inline(person.company)
    if not name:
        return next(
            (inline(address, max_words=1) for _, address in person.emails),
            "Unnamed contact",
        )
    return f"{name}, {company}" if with_company and company and company != name else name


def heading_texts(person: Person) -> list[str]:
    """Return the texts before the id in the headings that lists of contacts print for a person.

    They are 'Jane Doe · Acme · Owner' and its shorter forms.
    """
    name, company, role = inline(person.name), inline(person.company), inline(person.role)
    names = [name] if name else ["Unnamed contact", "Unnamed"]
    return [
        SEPARATOR.join(filter(None, [shown_name, shown_company, shown_role]))
        for shown_name in names
        for shown_company in {company, ""}
        for shown_role in {role, ""}
    ]
