"""The order of the parts of a person's name."""

import re

_CHINESE_OR_KOREAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u1100-\u11ff\uac00-\ud7af\U00020000-\U000323af"
_JAPANESE_SYLLABLES = "\u3041-\u309f\u30a0-\u30ff"
_EAST_ASIAN = re.compile(rf"[{_CHINESE_OR_KOREAN}{_JAPANESE_SYLLABLES} ]+")
# A name in katakana alone is a foreign one: its given name comes first.
_NATIVE = re.compile(rf"[{_CHINESE_OR_KOREAN}\u3041-\u309f]")


def full_name(given_name: str | None, family_name: str | None) -> str:
    """Join the parts of a name that exist. Not safe to display.

    >>> full_name("Jane", "Whitaker")
    'Jane Whitaker'
    >>> full_name("健二", "渡辺")
    '渡辺 健二'
    """
    names = [(given_name or "").strip(), (family_name or "").strip()]
    if family_name_first(*names):
        names.reverse()
    return " ".join(filter(None, names))


def family_name_first(given_name: str, family_name: str) -> bool:
    """Whether a name is written in Chinese, Japanese or Korean, where the family name comes first."""
    name = given_name + family_name
    return (
        bool(given_name and family_name)
        and _EAST_ASIAN.fullmatch(name) is not None
        and _NATIVE.search(name) is not None
    )
