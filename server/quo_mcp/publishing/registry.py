"""The MCP registry's server.json, in the schema version 2025-12-11."""

from typing import Any

from quo_mcp.publishing.project import TITLE, Project, to_json
from quo_mcp.publishing.setting_forms import SettingForm, all_setting_forms

SCHEMA = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"


def render_files(project: Project) -> dict[str, str]:
    return {"server.json": to_json(registry_entry(project))}


def registry_entry(project: Project) -> dict[str, Any]:
    """Return the entry. It has no `registryBaseUrl`, which defaults to PyPI."""
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
                    # The HTTP server's settings do not apply to the stdio transport.
                    environment_variable(form)
                    for form in all_setting_forms()
                    if not form.field.startswith("http_")
                ],
            }
        ],
    }


def environment_variable(form: SettingForm) -> dict[str, Any]:
    variable: dict[str, Any] = {
        "name": form.variable,
        "description": form.description,
        "isRequired": False,
        "format": form.input_type,
    }
    if form.is_secret:
        variable["isSecret"] = True
    if form.default is not None:
        variable["default"] = form.default
    if form.choices:
        variable["choices"] = list(form.choices)
    return variable
