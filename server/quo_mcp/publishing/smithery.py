"""Smithery's entry, smithery.yaml.

The entry has the type stdio, which Smithery builds from a repository but no longer recommends.
Publish the desktop bundle there instead, as manifests/README.md describes.

The type HTTP is unsuitable for this server. It passes each user's key in the query of a URL, which ends up
in logs, and expects one process to serve all users. This server reads one account's key from its environment.
"""

from quo_mcp.publishing.docker import DOCKERFILE
from quo_mcp.publishing.project import Project, to_yaml
from quo_mcp.publishing.setting_forms import SettingForm, install_setting_forms


def render_files(_project: Project) -> dict[str, str]:
    return {
        "smithery.yaml": to_yaml(
            {
                "build": {"dockerfile": DOCKERFILE, "dockerBuildPath": "."},
                "startCommand": {
                    "type": "stdio",
                    "configSchema": {
                        "type": "object",
                        "properties": {
                            form.field: config_property(form) for form in install_setting_forms()
                        },
                    },
                    "commandFunction": command_function(),
                    "exampleConfig": {"time_zone": "America/Los_Angeles", "read_only": True},
                },
            }
        )
    }


def config_property(form: SettingForm) -> dict[str, str]:
    return {"type": form.input_type, "title": form.title, "description": form.description}


def command_function() -> str:
    """Return the JavaScript function for the start command. An unset setting becomes an empty string."""
    environment = ", ".join(
        f"{form.variable}: String(config.{form.field} ?? '')" for form in install_setting_forms()
    )
    return (
        "(config) => ({ command: '/app/bin/python', args: ['-m', 'quo_mcp'], "
        f"env: {{ {environment} }} }})"
    )
