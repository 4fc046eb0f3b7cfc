"""Which contact is meant, by id or by what people say: for reading, changing and deleting it."""

import re

from quo_mcp.directory.address_book import Entries, Entry, Nobody, label
from quo_mcp.directory.address_book.contact_lookup import line
from quo_mcp.errors import Misunderstood
from quo_mcp.records.workspace import full_name
from quo_mcp.tools.context import Quo
from quo_mcp.tools.resolve.people import known_teammates
from quo_mcp.values.untrusted import in_quotes

# As Quo gives them: no name is so long a word with digits in it, and no number has letters or 24 digits.
ID = re.compile("(?=[A-Za-z_-]*[0-9])(?:(?=[0-9_-]*[A-Za-z])[A-Za-z0-9_-]{16,64}|[0-9]{24})")


async def contact(said: str, quo: Quo, *, reading: bool) -> str:
    """The id of the one contact that is meant.

    reading: one that fits by a part of the name will do, and one that almost fits where nobody else
    does; else it takes the id, a number, an e-mail or the whole name.

    Raises:
        Misunderstood: with those that may be meant, and their ids.
    """
    said = said.strip()
    if ID.fullmatch(said):
        return said
    book = await quo.directory.known(quo.progress, fresh=not reading)
    region = await quo.directory.region()
    found = book.entry(said, region=region)
    if isinstance(found, Entry) and not reading:  # it may have been renamed since all were read
        await quo.directory.look_again(found.person.id)
        found = (await quo.directory.known()).entry(said, region=region)
    match found:
        case Entry(in_full=True):
            return found.person.id
        case Entry() if reading:
            if found.almost:
                quo.said.append(f"Taken as {label(found.person)}; nobody else fits.")
            return found.person.id
        case Entry():
            raise Misunderstood(
                f"{in_quotes(said)} is no contact's full name. Only one is near it:\n- {line(found.person)}\n"
                "Give that full name, or the contact's id."
            )
        case Entries() | Nobody():
            raise Misunderstood(f"{await no_contact(said, quo)}{found}")


async def no_contact(said: str, quo: Quo) -> str:
    """A line above the rest, where a teammate is called what was said for a contact."""
    them = await known_teammates(said, quo)
    who = full_name(them[0]) if them else ""
    return f"{who} is a teammate, not a contact: quo_get_user shows them.\n" if them else ""
