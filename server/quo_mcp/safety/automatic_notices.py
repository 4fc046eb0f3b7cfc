"""Notices that businesses append to automatic texts: "Reply STOP to unsubscribe".

They tell us how to opt out of their texts, so they say nothing about ours. A person who writes no more
than "Reply STOP" or "STOP to end" means it, so such a text is not a notice.
"""

import re

_QUOTE = "[\"'\u201c\u201d\u2018\u2019]?"
_KEYWORD = rf"{_QUOTE}(?:stop(?:all)?|end|quit|cancel|unsub(?:scribe)?|opt-?out|start|unstop|alto|baja|arr[eê]t)\b{_QUOTE}"
_VERB = (
    r"(?:reply(?:ing)?|text(?:ing)?|txt|respond(?:ing)?|send|type|enter|message|msg|answer"
    r"|responda|env[ií]e|r[eé]pondez|envoyez)(?:\s+(?:with|back|by|con|par))?"
)
_ENDING = (
    r"(?:unsub\w*|opt[\s-]?(?:out|in)|stop\w*|end|quit|cancel\w*|resubscribe|subscribe|no\b|not\b|discontinue|leave|be\s+removed"
    r"|d[eé]sabonner|cancelar|ne\s+plus)"
)
# A first-person sentence is an opt-out, not a notice: "I am replying STOP to unsubscribe".
_NOT_MY = (
    r"(?<!\bi\s)(?<!\bam\s)(?<!\bim\s)(?<!\bi['\u2019]m\s)(?<!\bll\s)(?<!\bill\s)(?<!\bwill\s)(?<!\balready\s)(?<!\bnow\s)"
    r"(?<!\bhad\sto\s)(?<!\bhave\sto\s)(?<!\bthis\sto\s)"
)
_OTHERS = r"(?:(?!\b(?:i|im|ive|ill|me|my)\b)[^.!\n])"
_LINK = r"(?:https?://|www\.)?[\w-]+(?:\.[\w-]+)+(?:/\S*)?"

NOTICE = re.compile(
    rf"""
      # Reply STOP to unsubscribe; Text STOP to 12345 to opt out; Reply STOP or HELP for help
      \b{_NOT_MY}{_VERB}\s+{_KEYWORD}
        (?:\s+(?:to|at|au|al)\s+[0-9][0-9-]{{3,12}})?
        (?:\s*(?:,|or|/)\s*help\b[^.!?\n]{{0,40}})?
        \s*,?\s*(?:to|2|pour|para|and\s+we|if\s+you)\s+(?:\w+\s+){{0,3}}?{_ENDING}[^.!?\n]{{0,80}}
      # To unsubscribe, reply STOP; If you do not want to receive texts, reply STOP
    | \b(?:to|if\s+you|don[\u2019']?t\s+want|tired\s+of|no\s+longer|you\s+(?:can|may))\b{_OTHERS}{{0,80}}?
        (?:unsub\w*|opt(?:ing)?[\s-]?out|receiv\w*|messages|texts?\b|alerts|interested|cancel){_OTHERS}{{0,60}}?
        \b{_NOT_MY}{_VERB}\s+{_KEYWORD}[^.!?\n]{{0,60}}
      # ..., or STOP to opt out; HELP for help, STOP to cancel; ... Stop2End
    | (?<=\S)(?:\s*[,/.!;|]\s*|\s+)(?:(?<=[,/.!;|])|(?<=[,/.!;|]\s)|or\s+){_QUOTE}stop{_QUOTE}\s*(?:to|2|=)\s*
        (?:opt[\s-]?out|unsub\w*|cancel|quit|end|stop)\b
    | ^\s*stop\s*(?:to|2|=)\s*(?:opt[\s-]?out|unsub\w*|cancel|quit|end|stop)\s*[,/;|]\s*help\b[^.!?\n]{{0,40}}
    | \bstop\s+(?:au|al)\s+[0-9]{{4,6}}\b
      # You have been unsubscribed and will receive no further messages.
    | \byou(?:\s+are|[\u2019']re|\s+have\s+been|[\u2019']ve\s+been)\s+(?:now\s+|successfully\s+)*(?:opted[\s-]?out|unsubscribed)[^!?\n]*
      # Unsubscribe: example.com/u; Click here to unsubscribe
    | \bunsubscribe(?:\s+here)?\s*(?::|at|-|\u2013)\s*{_LINK}
    | \b(?:click|tap|visit|go\s+to|follow)\b[^.!?\n]{{0,60}}\bto\s+(?:unsubscribe|opt[\s-]?out)\b[^.!?\n]{{0,60}}
    """,
    re.IGNORECASE | re.VERBOSE,
)


def remove_notices(text: str) -> str:
    """Return the text without such notices."""
    return NOTICE.sub(" ", text)
