"""What a model puts around a reference: quotes, bold, bullets, brackets, a label, a link.

A reference is looked up as given first. Only if nothing matches, `unwrapped` gives the texts to try next.
"""

import re
from typing import Final

MAX_LAYERS: Final = 8
_MARKER: Final = re.compile(r"(?:[-*\u2022\u25e6\u00b7>#]|[0-9]{1,3}[.)])\s+|>")
_PAIRS: Final = {
    '"': '"',
    "'": "'",
    "`": "`",
    "\u201c": "\u201d",
    "\u201e": "\u201c",
    "\u2018": "\u2019",
    "\u00ab": "\u00bb",
    "\u2039": "\u203a",
    "\u300c": "\u300d",
    "\u300e": "\u300f",
    "\u3010": "\u3011",
    "(": ")",
    "[": "]",
    "{": "}",
    "<": ">",
    "\uff08": "\uff09",
    "*": "*",
    "_": "_",
    "~": "~",
}
_END: Final = ".,;!?\u3002\u3001\uff0c"
_MARKDOWN_LINK: Final = re.compile(r"\[(?P<text>[^\[\]]*)\]\((?P<target>[^()\s]+)\)")
_SCHEME: Final = re.compile(r"(?:tel|sms|callto|mailto):(?://)?", re.IGNORECASE)
_LABEL: Final = re.compile(
    r"(?:(?:the|my|our|your) )?"
    r"(?:[a-z]+(?:_[a-z]+)+|contact|person|people|customer|recipient|inbox|line|teammate|user|member|assignee|owner|conversation|thread"
    r"|message|text|call|task|webhook|connection|voicemail|recording|activity|phone|number|phone number|e-?mail|address|name|id|key"
    r"|external id|source|status|state|since|until|from|to|with|about|by|on|for|at|due|created|updated|start|end|find"
    r"|assigned to|assigned by|linked to|posts to|incoming from|outgoing to|answered by|handled by|forwarded to|created by|in)"
    r"(?:(?: id)?\s*[=:]\s*|\s+)",
    re.IGNORECASE,
)


def unwrapped(text: str) -> tuple[str, ...]:
    """Return the texts inside a text, from the one with the least taken off to the barest.

    >>> unwrapped('- **"Jane Whitaker"**.')
    ('**"Jane Whitaker"**.', '**"Jane Whitaker"**', '*"Jane Whitaker"*', '"Jane Whitaker"', 'Jane Whitaker')
    """
    texts = [text.strip()]
    for _ in range(MAX_LAYERS):
        inner = _take_layer(texts[-1])
        if not inner or inner == texts[-1]:
            break
        texts.append(inner)
    return tuple(inner for inner in texts if inner != text)


def without_label(text: str) -> str:
    """Return a text without the label in front of it: `contact 56df`, `page_token="x"`, `due Mon 2026-03-02`."""
    label = _LABEL.match(text)
    return text[label.end() :] if label else text


def readings(text: str) -> tuple[str, ...]:
    """Return every text that a reference may mean: inside its wrapping, and without its labels.

    The text as given is not among them.
    """
    texts = [*unwrapped(text)]
    barest = texts[-1] if texts else text.strip()
    for _ in range(MAX_LAYERS):
        bare = without_label(barest)
        if bare == barest:
            break
        texts += [bare, *unwrapped(bare)]
        barest = texts[-1]
    return tuple(dict.fromkeys(inner for inner in texts if inner and inner != text))


def _take_layer(text: str) -> str:
    """Return a text without its outermost wrapping; the text itself if it has none."""
    if marker := _MARKER.match(text):
        return text[marker.end() :].strip()
    closing = _PAIRS.get(text[:1])
    if closing and len(text) > 2 and text.endswith(closing) and _is_one_pair(text):
        return text[1:-1].strip()
    if scheme := _SCHEME.match(text):
        return text[scheme.end() :].partition("?")[0]
    if link := _MARKDOWN_LINK.fullmatch(text):
        target = _SCHEME.sub("", link["target"]).partition("?")[0]
        return f"{link['text']} {target}" if link["text"] != target else target
    return text[:-1].rstrip() if text[-1:] in _END and len(text) > 1 else text


def _is_one_pair(text: str) -> bool:
    """Return whether the first and the last character belong together: not in `(a) (b)` or `"a" and "b"`."""
    opening, closing = text[0], text[-1]
    inside = text[1:-1]
    if opening == closing:
        return opening in "*_~`" or opening not in inside
    depth = 0
    for character in inside:
        depth += (character == opening) - (character == closing)
        if depth < 0:
            return False
    return depth == 0
