"""The desktop bundle (MCPB, manifest 0.4): the source and its manifest; the host runs it with uv."""

from typing import Any

from quo_mcp.publishing.default_tools import offered
from quo_mcp.publishing.project import TITLE, Project, as_json
from quo_mcp.publishing.setting_forms import answers, form
from quo_mcp.tools.base import describe

# What is packed beside the manifest: all that building the package takes.
PACKED = ("pyproject.toml", "README.md", "LICENSE", "server")

IGNORED = ("__pycache__/", "*.pyc", ".venv/", "uv.lock")


def files(project: Project) -> dict[str, str]:
    return {
        "mcpb/manifest.json": as_json(manifest(project)),
        "mcpb/.mcpbignore": "\n".join(IGNORED) + "\n",
    }


def manifest(project: Project) -> dict[str, Any]:
    return {
        "manifest_version": "0.4",
        "name": project.name,
        "display_name": TITLE,
        "version": project.version,
        "description": project.description,
        "long_description": (
            "Lets an assistant read texts, calls, transcripts and voicemails, look people up, keep contacts and tasks, "
            "and send texts. Without a key it plays a small, made-up business, so that it can be tried first."
        ),
        "author": {"name": project.author},
        "repository": {"type": "git", "url": f"{project.repository}.git"},
        "license": project.license,
        "keywords": list(project.keywords),
        "server": {
            "type": "uv",
            "entry_point": "server/quo_mcp/__main__.py",
            # The command line tool asks for it although the specification lets uv do without.
            "mcp_config": {
                "command": "uv",
                "args": ["run", "--directory", "${__dirname}", project.name],
                "env": answers(),
            },
        },
        "tools": [
            {"name": each.name, "description": each.description}
            for each in map(describe, offered())
        ],
        "tools_generated": False,
        "compatibility": {
            "platforms": ["darwin", "win32", "linux"],
            "runtimes": {"python": project.python},
        },
        "user_config": form(),
    }
