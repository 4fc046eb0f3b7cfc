"""The roles file, read again whenever it changes, so that a role applies without a restart."""

import logging

from quo_mcp.config.settings import InvalidSettings, Settings
from quo_mcp.errors import PolicyRefusal
from quo_mcp.server.auth.roles import Role, read_roles
from quo_mcp.values.principal import Principal
from quo_mcp.values.untrusted import inline

ANY_ROLE = Role(everyone=True)
"""The role of everybody if there is no roles file: it tightens nothing."""

logger = logging.getLogger(__name__)


class RoleFile:
    """The roles of the file that the settings name.

    Raises:
        InvalidSettings: the file is invalid at the start. Later, the roles that were read last stay in force.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._path = settings.roles
        self._version = self._read_version()
        self._roles = read_roles(self._path, settings) if self._path else {}

    def role_of(self, principal: Principal) -> Role:
        """Return a person's role.

        Raises:
            PolicyRefusal: the file has no role for them.
        """
        if self._path is None:
            return ANY_ROLE
        self._read_if_changed()
        for role in self._roles.values():
            if role.applies_to(principal):
                return role
        raise PolicyRefusal(
            f"Not done: this server has no role for {inline(principal.name)} or their groups. An administrator of this server must add them "
            "to a role."
        )

    def _read_if_changed(self) -> None:
        version = self._read_version()
        if version == self._version or self._path is None:
            return
        self._version = version
        try:
            self._roles = read_roles(self._path, self._settings)
        except InvalidSettings as error:
            logger.error(  # noqa: TRY400 - the reason is the file, so a traceback does not help
                "The changed roles were not applied; the previous roles stay in force.\n%s", error
            )
        else:
            logger.warning("The roles were reloaded.")

    def _read_version(self) -> tuple[int, ...]:
        """Return what changes with each version of the file; empty if there is none."""
        try:
            status = self._path.stat() if self._path else None
        except OSError:
            status = None
        return (status.st_mtime_ns, status.st_size, status.st_ino) if status else ()
