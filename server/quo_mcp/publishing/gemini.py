"""The Gemini CLI extension. What a person answers to its settings reaches the server's environment."""

from quo_mcp.publishing.project import Project, as_json
from quo_mcp.publishing.setting_forms import asked
from quo_mcp.server.app import INSTRUCTIONS

CONTEXT = "GEMINI.md"


def files(project: Project) -> dict[str, str]:
    return {"gemini/gemini-extension.json": extension(project), f"gemini/{CONTEXT}": context()}


def extension(project: Project) -> str:
    return as_json(
        {
            "name": project.name,
            "version": project.version,
            "description": project.description,
            "contextFileName": CONTEXT,
            "mcpServers": {"quo": project.command},
            "settings": [
                {"name": each.title, "description": each.about, "envVar": each.variable}
                | ({"sensitive": True} if each.is_secret else {})
                for each in asked()
            ],
        }
    )


def context() -> str:
    """The server's own instructions: this client does not show them to the model."""
    return f"# Quo\n\n{INSTRUCTIONS}\n"
