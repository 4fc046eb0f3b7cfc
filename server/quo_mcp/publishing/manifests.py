"""Every file under manifests/."""

from pathlib import Path

from quo_mcp.publishing import (
    bundle,
    client_snippets,
    docker,
    gemini,
    manifests_readme,
    plugin,
    registry,
    smithery,
)
from quo_mcp.publishing.project import Project

FOLDER = "manifests"
GENERATORS = (registry, bundle, plugin, gemini, docker, smithery, client_snippets, manifests_readme)


def render_files(project: Project) -> dict[Path, str]:
    """Return the text of each file by its path relative to the repository's root."""
    return {
        Path(FOLDER, path): text
        for generator in GENERATORS
        for path, text in generator.render_files(project).items()
    }
