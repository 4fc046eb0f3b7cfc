"""The MCP registry's server.json, of its schema of 2025-12-11."""

from typing import Any

from quo_mcp.publishing.project import TITLE, Project, as_json
from quo_mcp.publishing.setting_forms import Setting, every

SCHEMA = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"


def files(project: Project) -> dict[str, str]:
    return {"server.json": as_json(server(project))}


def server(project: Project) -> dict[str, Any]:
    """Without the package registry's base URL: where it is left out, the usual one is meant."""
    return {
        "$schema": SCHEMA,
        "name": project.registry_name,
        "title": TITLE,
        "description": project.description,
        "version": project.version,
        "repository": {"url": project.repository, "source": "github"},
        "packages": [
            {
                "registryType": "pypi",
                "identifier": project.name,
                "version": project.version,
                "runtimeHint": project.command["command"],
                "transport": {"type": "stdio"},
                "environmentVariables": [
                    # Those of the HTTP server mean nothing to a server on stdio.
                    variable(each)
                    for each in every()
                    if not each.field.startswith("http_")
                ],
            }
        ],
    }


def variable(setting: Setting) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": setting.variable,
        "description": setting.about,
        "isRequired": False,
        "format": setting.kind,
    }
    if setting.is_secret:
        said["isSecret"] = True
    if setting.default is not None:
        said["default"] = setting.default
    if setting.choices:
        said["choices"] = list(setting.choices)
    return said
