"""Reads the settings from environment variables. No other module reads settings there.

All invalid settings are reported at once.
"""

import difflib
import os
from collections.abc import Mapping

from pydantic import ValidationError

from quo_mcp.config.settings import (
    API_KEY_VARIABLE,
    ENV_PREFIX,
    SHARED_VARIABLES,
    InvalidSettings,
    Settings,
    variable_name,
)


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings in `environ`. A blank variable counts as not set.

    Raises:
        InvalidSettings: names every unknown setting and every invalid value.
    """
    fields = {variable_name(field): field for field in Settings.model_fields}
    variables = {name: value.strip() for name, value in environ.items() if value.strip()}
    for name in SHARED_VARIABLES.values():
        if name.lower() in variables:  # lower case is common for these, for instance `https_proxy`
            variables.setdefault(name, variables[name.lower()])
        if API_KEY_VARIABLE not in variables:
            # The sandbox does not use the network, so an invalid proxy must not stop it.
            variables.pop(name, None)
    problems = [
        _unknown_setting(name, fields)
        for name in variables
        if name.startswith(ENV_PREFIX) and name not in fields
    ]
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


def _rephrase(message: str) -> str:
    """Return pydantic's message in our style: only what is accepted."""
    message = message.removeprefix("Value error, ").partition(", unable to")[0]
    return message.replace("Input should be", "it should be")


def _unknown_setting(name: str, fields: Mapping[str, str]) -> str:
    known = {variable.removeprefix(ENV_PREFIX): variable for variable in fields}
    matches = difflib.get_close_matches(name.removeprefix(ENV_PREFIX), known, n=1)
    suggestion = f"; did you mean {known[matches[0]]}?" if matches else ""
    return f"{name}: no such setting{suggestion}"
