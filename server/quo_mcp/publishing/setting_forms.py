"""The settings as form fields, for the installers of clients. They derive from `config.settings.Settings`."""

from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from quo_mcp.config.settings import API_KEY_VARIABLE, QUO_KEY_VARIABLE, Settings, variable_name

KEY_TITLES = {API_KEY_VARIABLE: "Maton API key", QUO_KEY_VARIABLE: "Quo API key"}

# The settings that an installer asks for. All others have useful defaults.
INSTALL_SETTINGS = ("api_key", "quo_api_key", "time_zone", "default_inbox", "read_only")


@dataclass(frozen=True)
class SettingForm:
    """The form field of one setting.

    input_type: `string`, `number`, `boolean` or `filepath`.
    default: as an environment variable would contain it, or None for "not set".
    choices: all accepted values of an enumeration, else empty.
    """

    field: str
    description: str
    input_type: str
    is_secret: bool
    default: str | None
    choices: tuple[str, ...]

    @property
    def variable(self) -> str:
        return variable_name(self.field)

    @property
    def title(self) -> str:
        return KEY_TITLES.get(self.variable, self.field.replace("_", " ").capitalize())


def all_setting_forms() -> list[SettingForm]:
    return [_setting_form(name, field) for name, field in Settings.model_fields.items()]


def install_setting_forms() -> list[SettingForm]:
    forms = {form.field: form for form in all_setting_forms()}
    return [forms[field] for field in INSTALL_SETTINGS]


def install_form() -> dict[str, dict[str, Any]]:
    """Return the installer's form, for hosts that store secrets in the system's keychain.

    No field is required, since the sandbox needs no key. Every field has a default: for a missing
    value, hosts pass on the placeholder itself, and the server would read it as the value.
    """
    return {
        form.field: {
            "type": form.input_type,
            "title": form.title,
            "description": form.description,
            "required": False,
            "default": False if form.input_type == "boolean" else "",
        }
        | ({"sensitive": True} if form.is_secret else {})
        for form in install_setting_forms()
    }


def install_environment() -> dict[str, str]:
    """Return the environment variables with placeholders for the values of `install_form`."""
    return {form.variable: f"${{user_config.{form.field}}}" for form in install_setting_forms()}


def _setting_form(name: str, field: FieldInfo) -> SettingForm:
    is_union = get_origin(field.annotation) in {Union, UnionType}
    types = get_args(field.annotation) if is_union else (field.annotation,)
    input_type = "string"
    for python_type, form_type in (
        (bool, "boolean"),
        (int, "number"),
        (float, "number"),
        (Path, "filepath"),
    ):
        if python_type in types:
            input_type = form_type
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    return SettingForm(
        field=name,
        description=(field.description or "").replace("`", ""),
        input_type=input_type,
        is_secret=SecretStr in types,
        default=str(field.default).lower()
        if input_type == "boolean"
        else _default_text(input_type, choices, field),
        choices=choices,
    )


def _default_text(input_type: str, choices: tuple[str, ...], field: FieldInfo) -> str | None:
    return str(field.default) if input_type == "number" or choices else None
