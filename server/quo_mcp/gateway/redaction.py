"""Redacts text from the gateway or from Quo, so that our errors and logs can quote it."""

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import quote

SECRET_PREFIX = 12  # characters: so much of a secret counts as the secret
_SECRETS = re.compile(
    r"""(session_token["']?\s*[=:]\s*["']?|\bbearer\s+)[^\s"'&<>«»]+""", re.IGNORECASE
)

_TAG = re.compile(r"</?[A-Za-z!][^<>]{0,1000}>?")


def redact(text: str, limit: int = 200, secrets: Iterable[str] = ()) -> str:
    """Return `text` as one line of visible characters, without tags and secrets.

    The result has at most `limit` characters. Control, format (bidi, zero-width), surrogate and
    private characters are removed. Guillemets become apostrophes, since ours mark a quotation.

    The order matters. Invisible characters go first, since they could hide a tag or a secret.
    Truncation comes last, since it could cut a secret into an unrecognized part.
    """
    visible = "".join(_visible_form(character) for character in text[:4_000])
    for secret in secrets:
        visible = visible.replace(secret, "[hidden]")
        # The percent-encoded, truncated or upper-case form reveals the secret as well.
        for form in (
            {secret[:SECRET_PREFIX], quote(secret, safe="")} if len(secret) > SECRET_PREFIX else ()
        ):
            visible = re.sub(
                rf"{re.escape(form)}[^\s\"'&<>«»]*", "[hidden]", visible, flags=re.IGNORECASE
            )
    line = " ".join(_TAG.sub(" ", _SECRETS.sub(r"\1[hidden]", visible)).split())
    return line if len(line) <= limit else line[: max(0, limit - 1)].rstrip() + "…"


def _visible_form(character: str) -> str:
    """Return what replaces `character`: itself, a space, an apostrophe or nothing."""
    if character in "«»":
        return "'"
    category = unicodedata.category(character)
    if category in {"Zs", "Zl", "Zp"} or character in "\t\n\r\x0b\x0c\x85":
        return " "
    return "" if category.startswith("C") else character
