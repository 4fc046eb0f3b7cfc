"""The Claude Code plugin, and the marketplace from which it is installed."""

from quo_mcp.publishing import skills
from quo_mcp.publishing.project import SERVER_NAME, Project, to_json
from quo_mcp.publishing.setting_forms import install_environment, install_form

FOLDER = "claude-code"


def render_files(project: Project) -> dict[str, str]:
    plugin = f"{FOLDER}/{SERVER_NAME}"
    return {
        f"{FOLDER}/.claude-plugin/marketplace.json": render_marketplace(project),
        f"{plugin}/.claude-plugin/plugin.json": render_manifest(project),
        f"{plugin}/README.md": render_readme(project),
    } | {f"{plugin}/skills/{name}/SKILL.md": text for name, text in skills.render_skills().items()}


def render_marketplace(project: Project) -> str:
    return to_json(
        {
            "name": project.name,
            "description": project.description,
            "owner": {"name": project.author},
            "plugins": [
                {
                    "name": SERVER_NAME,
                    "source": f"./{SERVER_NAME}",
                    "description": project.description,
                    "category": "communication",
                    "keywords": list(project.keywords),
                }
            ],
        }
    )


def render_manifest(project: Project) -> str:
    return to_json(
        {
            "name": SERVER_NAME,
            "version": project.version,
            "description": project.description,
            "author": {"name": project.author},
            "homepage": project.repository,
            "repository": project.repository,
            "license": project.license,
            "keywords": list(project.keywords),
            "userConfig": install_form(),
            "mcpServers": {SERVER_NAME: project.command | {"env": install_environment()}},
        }
    )


def render_readme(project: Project) -> str:
    return f"""\
# {SERVER_NAME}

{project.description}

The plugin starts the server `{project.name}` (requires uv) and adds skills for daily tasks. When you enable it, it asks for a
Maton API key and stores it in the system's keychain. Without a key, the server runs on sandbox data. The skills instruct the
agent to send nothing without your approval.

```sh
claude plugin marketplace add ./manifests/{FOLDER}
claude plugin install {SERVER_NAME}@{project.name}
```

{skills.render_table()}
"""
