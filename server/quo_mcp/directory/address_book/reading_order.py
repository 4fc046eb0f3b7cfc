"""The order in which a query is read: as given, then without its wrapping, and as a line of a result."""

from collections.abc import Callable
from typing import TypeVar

from quo_mcp.directory.address_book.matches import NoMatch
from quo_mcp.directory.address_book.printed_people import split_name_and_number
from quo_mcp.values.wrapping import readings, unwrapped

LookupT = TypeVar("LookupT")


def read_query(
    query: str,
    find_literally: Callable[[str], LookupT | NoMatch],
    find_printed: Callable[[str], LookupT | NoMatch | None],
    is_certain: Callable[[LookupT | NoMatch], bool],
    candidates_type: type[LookupT],
) -> LookupT | NoMatch:
    """Return the first reading of a query that matches.

    A contradiction in a line, such as a name with another person's number, ends the reading: what is left without
    a label could be the name that the number contradicts.

    find_literally: looks a text up as it is.
    find_printed: looks up a line as results print it; None if the text is no such line.
    is_certain: whether a result of `find_literally` needs no other reading.
    candidates_type: the type of several people that could be meant; they are returned if no reading is certain.
    """
    result = find_literally(query)
    if is_certain(result):
        return result
    contradiction: NoMatch | None = None
    inside = [query, *unwrapped(query)]
    for text in dict.fromkeys([*inside, *readings(query)]):
        if contradiction and text not in inside:
            break
        inner = result if text == query else find_literally(text)
        if is_certain(inner):
            return inner
        printed = find_printed(text)
        if isinstance(printed, NoMatch):
            if isinstance(result, NoMatch) and split_name_and_number(query):
                printed = result  # names the same contradiction
            contradiction = contradiction or printed
        elif printed is not None:
            return printed
        if isinstance(result, NoMatch) and isinstance(inner, candidates_type):
            result = inner
    return contradiction or result
