"""Words of a sentence that describe no contact: "who has a combi boiler" asks for combi and boiler."""

from typing import Final

_NEGATIONS: Final = "arent dont doesnt hasnt havent isnt lacking lacks never no not wasnt without"
_FILLERS: Final = """
    a all am an and any are at based be been by call called client clients contact contacts customer customers did
    do does every find for from get give got had has have having in is it list lives living located me my named of on
    or our people person persons please search show tell than that the their them there these they this those to
    us was we were what where which who whom whose with
"""
_PRONOUNS: Final = frozenset(
    start + end for start in ("any", "every", "some") for end in ("body", "one")
)
NEGATIONS: Final = frozenset(_NEGATIONS.split())
FILLER_WORDS: Final = _PRONOUNS | frozenset(_FILLERS.split())
