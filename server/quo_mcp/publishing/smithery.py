"""Smithery's entry.

It is of the stdio kind, which Smithery builds from a repository but no longer recommends: the guide
publishes the desktop bundle there instead. The other kind, HTTP, hands each person's key over in the query of a URL,
where it reaches logs, and expects one process to act for everybody; this server takes its key from
its environment and acts for one account.
"""

from quo_mcp.publishing.docker import DOCKERFILE
from quo_mcp.publishing.project import Project
from quo_mcp.publishing.setting_forms import Setting, asked
from quo_mcp.publishing.yaml import as_yaml


def files(_project: Project) -> dict[str, str]:
    return {
        "smithery.yaml": as_yaml(
            {
                "build": {"dockerfile": DOCKERFILE, "dockerBuildPath": "."},
                "startCommand": {
                    "type": "stdio",
                    "configSchema": {
                        "type": "object",
                        "properties": {each.field: option(each) for each in asked()},
                    },
                    "commandFunction": command(),
                    "exampleConfig": {"time_zone": "America/Los_Angeles", "read_only": True},
                },
            }
        )
    }


def option(setting: Setting) -> dict[str, str]:
    return {"type": setting.kind, "title": setting.title, "description": setting.about}


def command() -> str:
    """A function in JavaScript; a setting that was not given is blank, which the server takes for that."""
    given = ", ".join(f"{each.variable}: String(config.{each.field} ?? '')" for each in asked())
    return (
        "(config) => ({ command: '/app/bin/python', args: ['-m', 'quo_mcp'], "
        f"env: {{ {given} }} }})"
    )
