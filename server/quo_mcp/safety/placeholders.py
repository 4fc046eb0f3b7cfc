"""Detection of unfilled placeholders in a text: certain ones ({name}) and possible ones (TBD).

A text with a certain placeholder is refused, so that class must almost never match what people write.
In braces, any identifier counts. Other brackets also enclose remarks, so there the content must be a
typical placeholder word. Three forms are intentional: quoted code (`{x}`), the text of a link
([link](https://…)), and a label at the start of a line ([Date] 5 May).
"""

import re
from functools import cache
from typing import NamedTuple

from quo_mcp.errors import InvalidArguments
from quo_mcp.values.untrusted import quote_inline

MAX_LISTED = 3

_LABEL = r"""
    (?i:
        (?: (?: first | last | full | your | customer | client | contact | recipient | company | business | agent
            | technician | appointment | arrival | start | end | due | payment | booking | invoice | order | service
            | event | meeting | job | tracking | review | street | pickup | delivery | insert ) [ _-]? ){0,2}
        (?: name | date | time | day | link | url | address | amount | price | number | phone | e-?mail | company )
    )
"""


@cache
def _certain_pattern() -> re.Pattern[str]:
    return re.compile(
        rf"""
    (?<! \{{ ) \{{\{{+ [^{{}}\n]{{0,60}} [^\W\d_] [^{{}}\n]{{0,60}} \}}\}}+    # {{{{first_name}}}}, {{{{ time | upper }}}}
  | (?<! [\w@^\\)}}] ) \{{ [ ]? (?: [^\W\d] [\w.]+ | {_LABEL} ) [ ]? \}}   # {{time}}, {{your name}}
  | (?<! [^\s("'“,;>$€£] ) % {_LABEL} % (?! \w )
  | (?<! \w ) < {_LABEL} >
  | (?<! [\w\])] ) \[ (?: {_LABEL} | (?i: insert ) [ ] [^\[\]\n]{{1,40}} ) \] (?! \( )
  | \b (?i: lorem [ ] ipsum ) \b
    """,
        re.VERBOSE,
    )


@cache
def _possible_pattern() -> re.Pattern[str]:
    return re.compile(
        rf"""
    (?<! \{{ ) \{{+ [A-Za-z_] [^{{}}\n]{{0,40}} \}}+
  | < [A-Za-z] [A-Za-z0-9_ -]{{0,40}} >
  | (?<! [0-9] ) % [A-Za-z_]{{2,30}} %
  | (?<= [\s\S] ) \[ [A-Z] [^\[\]\n]{{0,40}} \]
  | \[ (?: {_LABEL} | [A-Za-z]+ [ _-] {_LABEL} ) \]
  | _{{3,}}
  | \b (?: TODO | TBD | FIXME | X{{3,}} ) \b
  | \b Lorem \b
    """,
        re.VERBOSE,
    )


@cache
def _intentional_pattern() -> re.Pattern[str]:
    return re.compile(
        rf"`[^`\n]+` | ^ \[ (?! [^\]\n]* (?i: name | company ) \] ) {_LABEL} \] :? [ ]? (?= [^\s,.!?;] )",
        re.VERBOSE | re.MULTILINE,
    )


class Placeholders(NamedTuple):
    """The placeholders as written, in quotes; at most three of each class."""

    certain: list[str]
    possible: list[str]


def find_placeholders(text: str) -> Placeholders:
    """Return the certain and the possible placeholders of a text."""
    unintentional = _intentional_pattern().sub(_blank, text)
    certain = _certain_pattern().findall(unintentional)
    for placeholder in certain:
        text = text.replace(placeholder, " ")
    return Placeholders(_quote(certain), _quote(_possible_pattern().findall(text)))


def check_placeholders(text: str) -> None:
    """Check that a text has no certain placeholder.

    Raises:
        InvalidArguments: the text has one; the message names it.
    """
    if placeholders := find_placeholders(text).certain:
        several = len(placeholders) > 1
        raise InvalidArguments(
            f"Not sent: unfilled placeholder{'s' * several} {', '.join(placeholders)}. Replace {'them' if several else 'it'}, or "
            f"remove the brackets if {'they are' if several else 'it is'} intended."
        )


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _quote(placeholders: list[str]) -> list[str]:
    return list(dict.fromkeys(map(quote_inline, placeholders)))[:MAX_LISTED]
