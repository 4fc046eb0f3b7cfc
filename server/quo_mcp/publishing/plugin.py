"""The Claude Code plugin, and a marketplace with nothing else in it, to install it from."""

from quo_mcp.publishing import skills
from quo_mcp.publishing.project import SERVER, Project, as_json
from quo_mcp.publishing.setting_forms import answers, form

FOLDER = "claude-code"


def files(project: Project) -> dict[str, str]:
    plugin = f"{FOLDER}/{SERVER}"
    return {
        f"{FOLDER}/.claude-plugin/marketplace.json": marketplace(project),
        f"{plugin}/.claude-plugin/plugin.json": manifest(project),
        f"{plugin}/README.md": readme(project),
    } | {f"{plugin}/skills/{name}/SKILL.md": text for name, text in skills.texts().items()}


def marketplace(project: Project) -> str:
    return as_json(
        {
            "name": project.name,
            "description": project.description,
            "owner": {"name": project.author},
            "plugins": [
                {
                    "name": SERVER,
                    "source": f"./{SERVER}",
                    "description": project.description,
                    "category": "communication",
                    "keywords": list(project.keywords),
                }
            ],
        }
    )


def manifest(project: Project) -> str:
    return as_json(
        {
            "name": SERVER,
            "version": project.version,
            "description": project.description,
            "author": {"name": project.author},
            "homepage": project.repository,
            "repository": project.repository,
            "license": project.license,
            "keywords": list(project.keywords),
            "userConfig": form(),
            "mcpServers": {SERVER: project.command | {"env": answers()}},
        }
    )


def readme(project: Project) -> str:
    return f"""\
# {SERVER}

{project.description}

The plugin starts the server `{project.name}` (uv has to be installed) and brings skills for jobs that come up daily. When it
is enabled it asks for a Maton API key, which goes to the system's keychain; without one, a sandbox with made-up people
answers. The skills send nothing without your word.

```sh
claude plugin marketplace add ./manifests/{FOLDER}
claude plugin install {SERVER}@{project.name}
```

{skills.table()}
"""
