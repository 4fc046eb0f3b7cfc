"""Reading the settings from the environment, once; no other module reads them there.

Every fault is named, all of them at once.
"""

import difflib
import os
from collections.abc import Mapping

from pydantic import ValidationError

from quo_mcp.config.settings import KEY, PREFIX, SHARED, Config, Misconfigured, variable


def from_environment(environ: Mapping[str, str] = os.environ) -> Config:
    """The settings in `environ`; blank variables count as not set.

    Raises:
        Misconfigured: naming every unknown setting and every value that does not fit.
    """
    fields = {variable(name): name for name in Config.model_fields}
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    for name in SHARED.values():  # which many write in small letters
        if name.lower() in given:
            given.setdefault(name, given[name.lower()])
        if (
            KEY not in given
        ):  # they say how the network is reached, and nothing is to be reached on it
            given.pop(name, None)
    faults = [
        _unknown(name, fields) for name in given if name.startswith(PREFIX) and name not in fields
    ]
    config = None
    try:
        config = Config.model_validate(
            {field: given[name] for name, field in fields.items() if name in given}
        )
    except ValidationError as error:
        faults += [
            f"{variable(str(each['loc'][0]))}: {_in_words(each['msg'])}"
            for each in error.errors(include_url=False, include_input=False)
        ]
    if faults or config is None:
        raise Misconfigured("\n".join(dict.fromkeys(faults)))
    return config


def _in_words(message: str) -> str:
    """The library's message as a sentence of ours: it says what would do, and nothing of its own."""
    message = message.removeprefix("Value error, ").partition(", unable to")[0]
    return message.replace("Input should be", "it should be")


def _unknown(name: str, fields: Mapping[str, str]) -> str:
    known = {each.removeprefix(PREFIX): each for each in fields}
    close = difflib.get_close_matches(name.removeprefix(PREFIX), known, n=1)
    return f"{name}: no such setting" + (f"; did you mean {known[close[0]]}?" if close else "")
