"""The settings, as the forms that clients show want them. They are `config.Config`'s, every one."""

from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from quo_mcp.config.settings import KEY, Config, variable

# What is asked when somebody installs the server; everything else can wait until it is wanted.
ASKED = ("api_key", "time_zone", "default_inbox", "read_only")


@dataclass(frozen=True)
class Setting:
    """One setting.

    kind: `string`, `number`, `boolean` or `filepath`. default: as one would type it, where it is
    more than "not set". choices: the only values there are, if they are few.
    """

    field: str
    about: str
    kind: str
    is_secret: bool
    default: str | None
    choices: tuple[str, ...]

    @property
    def variable(self) -> str:
        return variable(self.field)

    @property
    def title(self) -> str:
        return (
            "Maton API key" if self.variable == KEY else self.field.replace("_", " ").capitalize()
        )


def every() -> list[Setting]:
    return [_setting(name, field) for name, field in Config.model_fields.items()]


def asked() -> list[Setting]:
    known = {each.field: each for each in every()}
    return [known[name] for name in ASKED]


def form() -> dict[str, dict[str, Any]]:
    """What an installer asks, for the hosts that keep a secret in the system's keychain.

    Nothing is required, since the sandbox needs no key; and everything has a default, since hosts
    leave the placeholder of a value that has none as it stands, and the server would take it for one.
    """
    return {
        each.field: {
            "type": each.kind,
            "title": each.title,
            "description": each.about,
            "required": False,
            "default": False if each.kind == "boolean" else "",
        }
        | ({"sensitive": True} if each.is_secret else {})
        for each in asked()
    }


def answers() -> dict[str, str]:
    """The environment that a filled-in `form` makes."""
    return {each.variable: f"${{user_config.{each.field}}}" for each in asked()}


def _setting(name: str, field: FieldInfo) -> Setting:
    joined = get_origin(field.annotation) in {Union, UnionType}
    types = get_args(field.annotation) if joined else (field.annotation,)
    kind = "string"
    for library, shown in (
        (bool, "boolean"),
        (int, "number"),
        (float, "number"),
        (Path, "filepath"),
    ):
        if library in types:
            kind = shown
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    return Setting(
        field=name,
        about=(field.description or "").replace("`", ""),
        kind=kind,
        is_secret=SecretStr in types,
        default=str(field.default).lower() if kind == "boolean" else _typed(kind, choices, field),
        choices=choices,
    )


def _typed(kind: str, choices: tuple[str, ...], field: FieldInfo) -> str | None:
    return str(field.default) if kind == "number" or choices else None
