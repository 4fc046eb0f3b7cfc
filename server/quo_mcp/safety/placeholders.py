"""What a writer left to be filled in: surely ({name}), or perhaps, since it can be meant (TBD).

A text that surely has a gap is refused, so what is taken for sure must hardly ever be what somebody
writes. Braces hold a name as programs have it; in the other brackets, which are used for asides too,
it takes one of the words that such gaps are named by. Quoted code (`{x}`) and a link's words
([link](https://…)) may be meant, and so may a label at the start of a line ([Date] 5 May).
"""

import re
from functools import cache
from typing import NamedTuple

from quo_mcp.errors import Misunderstood
from quo_mcp.values.untrusted import in_quotes

SHOWN = 3

_NAMED = r"""
    (?i:
        (?: (?: first | last | full | your | customer | client | contact | recipient | company | business | agent
            | technician | appointment | arrival | start | end | due | payment | booking | invoice | order | service
            | event | meeting | job | tracking | review | street | pickup | delivery | insert ) [ _-]? ){0,2}
        (?: name | date | time | day | link | url | address | amount | price | number | phone | e-?mail | company )
    )
"""


@cache
def _sure() -> re.Pattern[str]:
    return re.compile(
        rf"""
    (?<! \{{ ) \{{\{{+ [^{{}}\n]{{0,60}} [^\W\d_] [^{{}}\n]{{0,60}} \}}\}}+    # {{{{first_name}}}}, {{{{ time | upper }}}}
  | (?<! [\w@^\\)}}] ) \{{ [ ]? (?: [^\W\d] [\w.]+ | {_NAMED} ) [ ]? \}}   # {{time}}, {{your name}}
  | (?<! [^\s("'“,;>$€£] ) % {_NAMED} % (?! \w )
  | (?<! \w ) < {_NAMED} >
  | (?<! [\w\])] ) \[ (?: {_NAMED} | (?i: insert ) [ ] [^\[\]\n]{{1,40}} ) \] (?! \( )
  | \b (?i: lorem [ ] ipsum ) \b
    """,
        re.VERBOSE,
    )


@cache
def _perhaps() -> re.Pattern[str]:
    return re.compile(
        rf"""
    (?<! \{{ ) \{{+ [A-Za-z_] [^{{}}\n]{{0,40}} \}}+
  | < [A-Za-z] [A-Za-z0-9_ -]{{0,40}} >
  | (?<! [0-9] ) % [A-Za-z_]{{2,30}} %
  | (?<= [\s\S] ) \[ [A-Z] [^\[\]\n]{{0,40}} \]
  | \[ (?: {_NAMED} | [A-Za-z]+ [ _-] {_NAMED} ) \]
  | _{{3,}}
  | \b (?: TODO | TBD | FIXME | X{{3,}} ) \b
  | \b Lorem \b
    """,
        re.VERBOSE,
    )


@cache
def _may_be_meant() -> re.Pattern[str]:
    return re.compile(
        rf"`[^`\n]+` | ^ \[ (?! [^\]\n]* (?i: name | company ) \] ) {_NAMED} \] :? [ ]? (?= [^\s,.!?;] )",
        re.VERBOSE | re.MULTILINE,
    )


class Gaps(NamedTuple):
    """Each as it is written, in curly quotes; three of either at most."""

    sure: list[str]
    perhaps: list[str]


def gaps(text: str) -> Gaps:
    doubtful = _may_be_meant().sub(_blank, text)
    sure = _sure().findall(doubtful)
    for each in sure:
        text = text.replace(each, " ")
    return Gaps(_quoted(sure), _quoted(_perhaps().findall(text)))


def check(text: str) -> None:
    """Refuses a text that surely has something left to be filled in.

    Raises:
        Misunderstood: naming it.
    """
    if left := gaps(text).sure:
        raise Misunderstood(
            f"Not sent: the text still has to be filled in at {', '.join(left)}. Fill it in and call again; if it is "
            "really meant so, write it without the brackets."
        )


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _quoted(found: list[str]) -> list[str]:
    return list(dict.fromkeys(map(in_quotes, found)))[:SHOWN]
