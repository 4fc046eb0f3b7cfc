"""The environment variables that a client passes to the server: the API key of one kind, and the settings."""

from typing import NamedTuple

from quo_mcp.config.settings import (
    API_KEY_VARIABLE,
    QUO_KEY_VARIABLE,
    SECRET_FILE_VARIABLES,
    SHARED_VARIABLES,
    Settings,
    variable_name,
)


class KeyKind(NamedTuple):
    """One of the two API keys that the server accepts.

    variable: the environment variable with the key.
    issuer: who issues it, as it is called in questions.
    page: where a person finds it.
    """

    variable: str
    issuer: str
    page: str

    @property
    def file_variable(self) -> str:
        return SECRET_FILE_VARIABLES[self.variable]

    @property
    def prompt_id(self) -> str:
        """The id of a prompt for the key in a client's configuration."""
        return self.variable.lower()


MATON_KEY = KeyKind(API_KEY_VARIABLE, "Maton", "maton.ai/settings")
QUO_KEY = KeyKind(QUO_KEY_VARIABLE, "Quo", "Quo's settings, under API")
KEY_KINDS = (MATON_KEY, QUO_KEY)
KEY_VARIABLES = tuple(name for kind in KEY_KINDS for name in (kind.variable, kind.file_variable))
_SECRET_FIELDS = {
    name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)
}
_FIELDS = (
    name
    for name in Settings.model_fields
    if name not in {"api_key", "quo_api_key", "http_token", "http_hosts"}
)
SETTING_VARIABLES = (*KEY_VARIABLES, *map(variable_name, _FIELDS))
"""The variables that apply to a server started by a client, the API keys first."""
OWN_VARIABLES = tuple(
    name
    for name in SETTING_VARIABLES
    if name not in {*map(variable_name, _SECRET_FIELDS), *SHARED_VARIABLES.values()}
)
"""The variables of this server alone, without secrets. A shared variable may have been meant for other programs."""
