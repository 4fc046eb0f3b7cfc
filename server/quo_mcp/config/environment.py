"""Reads the settings from environment variables. No other module reads settings there.

All invalid settings are reported at once.
"""

import difflib
import logging
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import ValidationError

from quo_mcp.config.settings import (
    ENV_PREFIX,
    KEY_VARIABLES,
    SECRET_FILE_VARIABLES,
    SHARED_VARIABLES,
    InvalidSettings,
    Settings,
    variable_name,
)

_log = logging.getLogger(__name__)


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings in `environ`. A blank variable counts as not set.

    So does one that holds an unfilled field of a host's form, with a warning. A blank API key also turns off the
    variable of its file, with a warning: `install --sandbox` writes it, and the sandbox must not become the account.

    Raises:
        InvalidSettings: names every unknown setting and every invalid value.
    """
    fields = {variable_name(field): field for field in Settings.model_fields}
    variables = {name: value.strip() for name, value in environ.items() if value.strip()}
    problems = _misspelled_names(variables, fields)
    for key in KEY_VARIABLES.values():
        key_file = SECRET_FILE_VARIABLES[key]
        if key in environ and key not in variables and key_file in variables:
            _log.warning("%s is ignored, because %s is set and empty.", key_file, key)
            del variables[key_file]
    problems += _read_secret_files(variables)
    _choose_key(variables)
    for name in SHARED_VARIABLES.values():
        if name.lower() in variables:  # lower case is common for these, for instance `https_proxy`
            variables.setdefault(name, variables[name.lower()])
        if not variables.keys() & {*KEY_VARIABLES.values()}:
            # The sandbox does not use the network, so an invalid proxy must not stop it.
            variables.pop(name, None)
    _drop_unfilled(variables, fields)
    settings = None
    try:
        settings = Settings.model_validate(
            {field: variables[name] for name, field in fields.items() if name in variables}
        )
    except ValidationError as error:
        problems += [
            f"{variable_name(str(detail['loc'][0]))}: {_rephrase(detail['msg'])}"
            for detail in error.errors(include_url=False, include_input=False)
        ]
    if problems or settings is None:
        raise InvalidSettings("\n".join(dict.fromkeys(problems)))
    return settings


def _misspelled_names(variables: Mapping[str, str], fields: Mapping[str, str]) -> list[str]:
    """Return a problem for each name that is meant for this server but is not one of its variables.

    A misspelled safety rule must not be ignored silently.
    """
    known = {_letters(name): name for name in (*fields, *SECRET_FILE_VARIABLES.values())}
    # A name without MCP is ours only if the rest is exact: other programs of Quo have variables too.
    known |= {
        _letters(name.replace(ENV_PREFIX, "QUO_")): name
        for name in known.values()
        if name.startswith(ENV_PREFIX)
    }
    shared = {_letters(name) for name in SHARED_VARIABLES.values()}
    problems = []
    for name in variables:
        letters = _letters(name)
        if letters in shared or name in known.values():
            continue
        if letters in known:
            problems.append(f"{name}: unknown setting; did you mean {known[letters]}?")
        elif letters.startswith(_letters(ENV_PREFIX)):
            problems.append(_unknown_setting(name, known.values()))
    return problems


def _letters(name: str) -> str:
    return re.sub("[^A-Z0-9]", "", name.upper())


def _read_secret_files(variables: dict[str, str]) -> list[str]:
    """Read the secrets that variables such as `MATON_API_KEY_FILE` point to into `variables`."""
    problems = []
    for name, file_name in SECRET_FILE_VARIABLES.items():
        path = variables.pop(file_name, None)
        if path is None or _UNFILLED.fullmatch(path):
            continue
        if name in variables and not variables[name].startswith("${"):
            problems.append(f"{file_name}: remove this variable, because {name} is also set")
            continue
        try:
            variables[name] = Path(path).expanduser().read_text("utf-8-sig").strip()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not a text file"
            problems.append(f'{file_name}: cannot read "{path}": {reason}')
            continue
        if not variables[name]:
            problems.append(f'{file_name}: "{path}" is empty')
    return problems


_UNFILLED = re.compile(r"\$\{user_config\.\w+\}")


def _choose_key(variables: dict[str, str]) -> None:
    """Drop a key that a host's form left unfilled if the other is filled."""
    keys = [name for name in KEY_VARIABLES.values() if name in variables]
    unfilled = [name for name in keys if _UNFILLED.fullmatch(variables[name])]
    if len(keys) == 2 and len(unfilled) == 1:
        del variables[unfilled[0]]


def _drop_unfilled(variables: dict[str, str], fields: Mapping[str, str]) -> None:
    """Drop settings whose form field was left empty; hosts then pass the placeholder on.

    An unfilled key or token stays, and is reported as such: without it another account would answer.
    """
    secrets = {*SECRET_FILE_VARIABLES}
    for name in fields:
        if name not in secrets and _UNFILLED.fullmatch(variables.get(name, "")):
            _log.warning(
                "%s is not set: the client passed the unfilled placeholder %s.",
                name,
                variables.pop(name),
            )


_REPHRASED = {
    "Input should be a valid boolean": "must be true or false",
    "Input should be a valid integer": "must be an integer",
    "Input should be a valid number": "must be a number",
}


def _rephrase(message: str) -> str:
    """Return pydantic's message in our style: only what is accepted."""
    message = message.removeprefix("Value error, ").partition(", unable to")[0]
    return _REPHRASED.get(message) or message.replace("Input should be", "must be")


def _unknown_setting(name: str, known: Iterable[str]) -> str:
    by_suffix = {variable.removeprefix(ENV_PREFIX): variable for variable in known}
    matches = difflib.get_close_matches(name.upper().removeprefix(ENV_PREFIX), by_suffix, n=1)
    suggestion = f"; did you mean {by_suffix[matches[0]]}?" if matches else ""
    return f"{name}: unknown setting{suggestion}"
