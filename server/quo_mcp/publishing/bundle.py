"""The desktop bundle (MCPB, manifest 0.4): the source code and its manifest. The host runs it with uv."""

from typing import Any

from quo_mcp.publishing.default_tools import default_tools
from quo_mcp.publishing.project import TITLE, Project, to_json
from quo_mcp.publishing.setting_forms import install_environment, install_form
from quo_mcp.tools.base import tool_listing

# Packed with the manifest: everything that the build of the package needs.
PACKED_FILES = ("pyproject.toml", "README.md", "LICENSE", "server")


def render_files(project: Project) -> dict[str, str]:
    return {"mcpb/manifest.json": to_json(build_manifest(project))}


def build_manifest(project: Project) -> dict[str, Any]:
    return {
        "manifest_version": "0.4",
        "name": project.name,
        "display_name": TITLE,
        "version": project.version,
        "description": project.description,
        "long_description": (
            "Lets an assistant read messages, calls, transcripts and voicemails, look up people, manage contacts and tasks, "
            "and send texts. Without an API key, it runs on sandbox data: a small fictional business to try it with."
        ),
        "author": {"name": project.author},
        "repository": {"type": "git", "url": f"{project.repository}.git"},
        "license": project.license,
        "keywords": list(project.keywords),
        "server": {
            "type": "uv",
            "entry_point": "server/quo_mcp/__main__.py",
            # Optional for uv by the specification, but the `mcpb` command requires it.
            "mcp_config": {
                "command": "uv",
                "args": ["run", "--directory", "${__dirname}", project.name],
                "env": install_environment(),
            },
        },
        "tools": [
            {"name": tool.name, "description": tool.description}
            for tool in map(tool_listing, default_tools())
        ],
        "tools_generated": False,
        "compatibility": {
            "platforms": ["darwin", "win32", "linux"],
            "runtimes": {"python": project.python},
        },
        "user_config": install_form(),
    }
