"""The Gemini CLI extension. The values of its settings become the server's environment variables."""

from quo_mcp.publishing.project import Project, to_json
from quo_mcp.publishing.setting_forms import install_setting_forms
from quo_mcp.server.app import INSTRUCTIONS

CONTEXT_FILE = "GEMINI.md"


def render_files(project: Project) -> dict[str, str]:
    return {
        "gemini/gemini-extension.json": render_extension(project),
        f"gemini/{CONTEXT_FILE}": render_context(),
    }


def render_extension(project: Project) -> str:
    return to_json(
        {
            "name": project.name,
            "version": project.version,
            "description": project.description,
            "contextFileName": CONTEXT_FILE,
            "mcpServers": {"quo": project.command},
            "settings": [
                {"name": form.title, "description": form.description, "envVar": form.variable}
                | ({"sensitive": True} if form.is_secret else {})
                for form in install_setting_forms()
            ],
        }
    )


def render_context() -> str:
    """Return the server's instructions as a context file, since Gemini CLI does not show them to the model."""
    return f"# Quo\n\n{INSTRUCTIONS}\n"
