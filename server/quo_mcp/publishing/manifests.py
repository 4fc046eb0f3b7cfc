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
PARTS = (registry, bundle, plugin, gemini, docker, smithery, client_snippets, manifests_readme)


def files(project: Project) -> dict[Path, str]:
    """Each by its path below the repository's root, with its text."""
    return {
        Path(FOLDER, path): text for part in PARTS for path, text in part.files(project).items()
    }
