"""Redacts text from the gateway or from Quo, so that our errors and logs can quote it."""

import re
from collections.abc import Iterable
from urllib.parse import quote

from quo_mcp.values.untrusted import clean

SECRET_PREFIX = 12  # characters: so much of a secret counts as the secret
_SECRETS = re.compile(
    r"""(session_token["']?\s*[=:]\s*["']?|\bbearer\s+)[^\s"'&<>«»]+""", re.IGNORECASE
)

_TAG = re.compile(r"</?[A-Za-z!][^<>]{0,1000}>?")


def redact(text: str, limit: int = 200, secrets: Iterable[str] = ()) -> str:
    """Return `text` as one line of visible characters, without tags and secrets.

    The result has at most `limit` characters. Guillemets become apostrophes, since ours mark a quotation.

    The order matters. Hidden characters go first, since they could hide a tag or a secret.
    Truncation comes last, since it could cut a secret into an unrecognized part.
    """
    visible = re.sub("[«»]", "'", clean(text[:4_000]).text)
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
