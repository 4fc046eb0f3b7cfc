"""The order of the parts of a person's name."""

import re

_CHINESE_OR_KOREAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u1100-\u11ff\uac00-\ud7af\U00020000-\U000323af"
_JAPANESE_SYLLABLES = "\u3041-\u309f\u30a0-\u30ff"
_EAST_ASIAN = rf"[{_CHINESE_OR_KOREAN}{_JAPANESE_SYLLABLES} ]+"
# A name in katakana alone is a foreign one: its given name comes first.
_NATIVE = rf"[{_CHINESE_OR_KOREAN}\u3041-\u309f]"


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


def joined_names(given_name: str, family_name: str) -> tuple[str, ...]:
    """Return a name in Chinese, Japanese or Korean as it is written without a space, in both orders.

    >>> joined_names("伟", "张")
    ('张伟', '伟张')
    """
    given_name, family_name = given_name.strip(), family_name.strip()
    if not (given_name and family_name and is_east_asian(given_name + family_name)):
        return ()
    return (family_name + given_name, given_name + family_name)


def is_east_asian(text: str) -> bool:
    """Whether a text is written only in Chinese, Japanese or Korean script."""
    # Compiling the pattern takes 3 ms, so that is left to the first name that may match.
    return not text.isascii() and re.fullmatch(_EAST_ASIAN, text) is not None


def family_name_first(given_name: str, family_name: str) -> bool:
    """Whether a name is written in Chinese, Japanese or Korean, where the family name comes first."""
    name = given_name + family_name
    return (
        bool(given_name and family_name)
        and is_east_asian(name)
        and re.search(_NATIVE, name) is not None
    )
