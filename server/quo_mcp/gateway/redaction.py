"""What the other side says in its errors, made fit to be quoted in ours."""

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import quote

START = 12  # characters that give a secret away
_SECRETS = re.compile(
    r"""(session_token["']?\s*[=:]\s*["']?|\bbearer\s+)[^\s"'&<>«»]+""", re.IGNORECASE
)

_TAG = re.compile(r"</?[A-Za-z!][^<>]{0,1000}>?")


def clean(text: str, limit: int = 200, secrets: Iterable[str] = ()) -> str:
    """One line of visible characters, without tags and secrets, of at most `limit` characters.

    Control, format (bidi, zero-width), surrogate and private characters go; so do guillemets,
    with which we mark a quotation. Tags and secrets are looked for after that, lest one be hidden
    in the other or in what does not show, and before anything is cut.
    """
    visible = "".join(_visible(each) for each in text[:4_000])
    for secret in secrets:
        visible = visible.replace(secret, "[hidden]")
        # Quoted, cut short or in capitals it is as much of a secret.
        for form in {secret[:START], quote(secret, safe="")} if len(secret) > START else ():
            visible = re.sub(
                rf"{re.escape(form)}[^\s\"'&<>«»]*", "[hidden]", visible, flags=re.IGNORECASE
            )
    line = " ".join(_TAG.sub(" ", _SECRETS.sub(r"\1[hidden]", visible)).split())
    return line if len(line) <= limit else line[: max(0, limit - 1)].rstrip() + "…"


def _visible(character: str) -> str:
    if character in "«»":
        return "'"
    category = unicodedata.category(character)
    if category in {"Zs", "Zl", "Zp"} or character in "\t\n\r\x0b\x0c\x85":
        return " "
    return "" if category.startswith("C") else character
