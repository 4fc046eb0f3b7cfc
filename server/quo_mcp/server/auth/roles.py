"""The roles of a roles file, which tighten the settings for the people of a group.

    [roles.apprentice]
    groups = ["apprentices"]
    read_only = true

    [roles.everyone]
    everyone = true
    recipients = ["known"]

The first role that names a person's group or email address is theirs. A role can only tighten: of a limit of the
settings and one of the role, the stricter one counts.
"""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from quo_mcp.config.field_types import RecipientList
from quo_mcp.config.settings import InvalidSettings, Settings
from quo_mcp.records.workspace import PhoneNumber
from quo_mcp.safety.scoped_api import select_inboxes
from quo_mcp.server.tool_policy import ToolPolicy
from quo_mcp.tools.base import Toolsets, name_of
from quo_mcp.tools.catalogue import OFF_BY_DEFAULT, TOOLSETS
from quo_mcp.values.principal import Principal

APPROVALS = ("never", "auto", "preview", "required")
"""The modes of approval, the strictest last."""
LIMITS = (
    "max_per_minute",
    "max_per_hour",
    "max_per_day",
    "max_per_person_hour",
    "max_per_person_day",
    "max_cents_per_day",
)


class Role(BaseModel):
    """A table of the roles file. The fields after `everyone` are those of the settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    groups: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    everyone: bool = False
    read_only: bool = False
    toolsets: tuple[str, ...] | None = None
    exclude_tools: tuple[str, ...] = ()
    inboxes: tuple[str, ...] | None = None
    approval: Literal["never", "auto", "preview", "required"] = "never"
    recipients: RecipientList = ("anyone",)
    max_per_minute: int | None = Field(None, ge=0)
    max_per_hour: int | None = Field(None, ge=0)
    max_per_day: int | None = Field(None, ge=0)
    max_per_person_hour: int | None = Field(None, ge=0)
    max_per_person_day: int | None = Field(None, ge=0)
    max_cents_per_day: int | None = Field(None, ge=0)

    def applies_to(self, principal: Principal) -> bool:
        emails = {email.strip().casefold() for email in self.emails}
        return (
            self.everyone
            or principal.email in emails
            or not principal.groups.isdisjoint(self.groups)
        )

    def tighten(self, settings: Settings) -> Settings:
        """Return the settings for a person with this role, but for the inboxes, which `allows` decides."""
        limits = {
            name: min(limit, getattr(settings, name))
            for name in LIMITS
            if (limit := getattr(self, name)) is not None
        }
        changes = {
            "read_only": settings.read_only or self.read_only,
            "exclude_tools": tuple(dict.fromkeys((*settings.exclude_tools, *self.exclude_tools))),
            "approval": max(settings.approval, self.approval, key=APPROVALS.index),
            "recipients": _common_recipients(settings.recipients, self.recipients),
        }
        if self.toolsets is not None:
            enabled = expand_toolsets(self.toolsets)
            tools = {name_of(tool) for name in enabled for tool in TOOLSETS[name]}
            changes["toolsets"] = tuple(
                name for name in expand_toolsets(settings.toolsets) if name in enabled
            )
            changes["tools"] = tuple(name for name in settings.tools if name in tools)
        return settings.model_copy(update=changes | limits)

    def select(self, inboxes: Iterable[PhoneNumber]) -> list[PhoneNumber]:
        """Return the inboxes that this role allows."""
        if self.inboxes is None:
            return list(inboxes)
        return select_inboxes(inboxes, self.inboxes) if self.inboxes else []


def expand_toolsets(names: Iterable[str], toolsets: Toolsets = TOOLSETS) -> list[str]:
    """Return the toolsets that a setting enables, by name."""
    requested = {*names}
    return [
        name
        for name in toolsets
        if name in requested
        or "all" in requested
        or ("default" in requested and name not in OFF_BY_DEFAULT)
    ]


def _common_recipients(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """Return what both rules allow. No one, if they have no entry in common."""
    if "anyone" in first:
        return second
    if "anyone" in second:
        return first
    return tuple(entry for entry in first if entry in second)


def read_roles(path: Path, settings: Settings) -> dict[str, Role]:
    """Return the roles of a file, by name, in its order.

    Raises:
        InvalidSettings: the file cannot be read, or is invalid; each line names the table and the key.
    """
    try:
        document = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise InvalidSettings(f'QUO_MCP_ROLES: cannot read "{path}": {error.strerror}') from None
    except ValueError as error:
        raise InvalidSettings(f'QUO_MCP_ROLES: "{path}" is not valid TOML: {error}') from None
    tables = document.pop("roles", {})
    if document or not isinstance(tables, Mapping) or not tables:
        raise InvalidSettings(
            f'QUO_MCP_ROLES: "{path}" must contain only tables such as [roles.support], and at least one'
        )
    roles, problems = {}, []
    for name, table in tables.items():
        try:
            role = Role.model_validate(table)
            _check_names(role, settings)
        except ValidationError as error:
            problems += [
                f"QUO_MCP_ROLES: roles.{'.'.join(map(str, (name, *detail['loc'])))}: {detail['msg']}"
                for detail in error.errors(include_url=False, include_input=False)
            ]
        except InvalidSettings as error:
            problems += [f"QUO_MCP_ROLES: roles.{name}: {line}" for line in str(error).splitlines()]
        else:
            roles[name] = role
    if problems:
        raise InvalidSettings("\n".join(problems))
    return roles


def _check_names(role: Role, settings: Settings) -> None:
    """Check that every toolset, tool and inbox of a role is one, since a misspelled rule would do nothing.

    Raises:
        InvalidSettings: one is not.
    """
    if not (role.groups or role.emails or role.everyone):
        raise InvalidSettings("groups, emails or everyone is required")
    names = settings.model_copy(
        update={
            "toolsets": role.toolsets or ("default",),
            "exclude_tools": role.exclude_tools,
            "inboxes": role.inboxes or (),
            "tools": (),
        }
    )
    ToolPolicy(names, TOOLSETS, OFF_BY_DEFAULT)
