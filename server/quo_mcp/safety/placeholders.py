"""Detection of what a program left in a text: unfilled placeholders, raw escapes, and missing values.

certain placeholders    {name}, {{1}}, ${total}, %s, [Name], [object Object]
raw escapes             a backslash and an n for a line break, &amp; for an ampersand
possible placeholders   TBD, and words that can be English: undefined, null, NaN, None

A text of the first two kinds is refused, so they must almost never match what people write. In braces,
any identifier counts. Other brackets also enclose remarks, so there the content must be a typical
placeholder word. Three forms are intentional: quoted code (`{x}`), the text of a link ([link](https://…)),
and a label at the start of a line ([Date] 5 May).
"""

import re
from functools import cache
from html.entities import name2codepoint
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
        (?: [ _-] here )?
    )
"""


@cache
def _certain_pattern() -> re.Pattern[str]:
    return re.compile(
        rf"""
    (?<! \{{ ) \{{\{{+ [^{{}}\n]{{0,60}} [^\W_] [^{{}}\n]{{0,60}} \}}\}}+    # {{{{first_name}}}}, {{{{1}}}}, {{{{ time | upper }}}}
  | [$\#] \{{ [^{{}}\n]{{1,60}} \}}                                       # ${{name}}, #{{name}}
  | (?<! \w ) \$ (?: {_LABEL} | [A-Za-z]+ _ \w+ ) \b                     # $name, $first_name
  | \{{ % [^{{}}\n]{{1,60}} % \}} | < % [^<>\n]{{1,60}} % >                # {{% if x %}}, <%= name %>
  | \* \| \w{{1,40}} \| \*                                              # *|FNAME|*
  | (?<! \w ) __ {_LABEL} __ (?! \w )
  | (?<! [\w%] ) % (?: [0-9] \$ )? [sd@] (?! \w ) | % \( \w{{1,40}} \) [sd]  # %s, %1$s, %(name)s
  | \[ object [ ] \w{{1,40}} \] | < \w+ [ ] object [ ] at [ ] 0x \w+ >
  | (?<! \w ) \# (?: REF! | VALUE! | DIV/0! | NAME\? | N/A ) (?! \w )      # failed spreadsheet formulas
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
  | \b (?: undefined | null | NaN | Invalid [ ] [Dd]ate ) \b
  | (?<= [\w,;:-] [ ] ) None \b | (?<! [\w$] ) \{{ [0-9]{{0,2}} \}} (?! \w )
    """,
        re.VERBOSE,
    )


@cache
def _escape_pattern() -> re.Pattern[str]:
    entities = "|".join(sorted(name2codepoint, key=len, reverse=True))
    return re.compile(
        rf"""
    (?<! \\ ) \\ (?: r?n | r\\n | t )                             # a line break or a tab
  | (?<! \\ ) \\ (?: u[0-9A-Fa-f]{{4}} | x[0-9A-Fa-f]{{2}} )
  | (?<= \w ) \\ ' (?= \w ) | (?<! [\\:;] ) \\ "                  # Don\'t, \"now\"
  | & (?: {entities} | apos | \# [0-9]{{1,6}} | \# [xX] [0-9A-Fa-f]{{1,5}} ) ;
    """,
        re.VERBOSE,
    )


# A path of Windows has backslashes before letters, and so do two words that a backslash separates.
_BACKSLASHES_PATTERN = r"\b[A-Za-z]:\\\w+[\\.]\S* | \\\\\w\S* | \b[yY](?:es)?\\[nN]o?\b"


@cache
def _intentional_pattern() -> re.Pattern[str]:
    return re.compile(
        rf"`[^`\n]+` | {_BACKSLASHES_PATTERN} | ^ \[ (?! [^\]\n]* (?i: name | company ) \] ) {_LABEL} \] :? [ ]? (?= [^\s,.!?;] )",
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


def find_escapes(text: str) -> list[str]:
    """Return the raw escapes of a text, in quotes; at most three. The recipient would read them as they are."""
    return _quote(_escape_pattern().findall(_intentional_pattern().sub(_blank, text)))


def check_placeholders(text: str) -> None:
    """Check that a text has neither a certain placeholder nor a raw escape.

    Raises:
        InvalidArguments: the text has one; the message names it.
    """
    problems = []
    if placeholders := find_placeholders(text).certain:
        several = len(placeholders) > 1
        problems.append(
            f"unfilled placeholder{'s' * several} {', '.join(placeholders)}. Replace {'them' if several else 'it'} with the actual "
            f"value{'s' * several}. If the recipient should read {'them' if several else 'it'} literally, remove the "
            "brackets or signs."
        )
    if escapes := find_escapes(text):
        problems.append(
            f"raw code in the text: {', '.join(escapes)}. The recipient would see it literally. Write the actual "
            "character or line break."
        )
    if problems:
        raise InvalidArguments(f"Not sent: {' Also '.join(problems)}")


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _quote(placeholders: list[str]) -> list[str]:
    return list(dict.fromkeys(map(quote_inline, placeholders)))[:MAX_LISTED]
