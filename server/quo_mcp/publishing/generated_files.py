"""Every generated file: the README and all of manifests/.

`python -m quo_mcp.publishing --write` updates them, and a test checks that they are up to date.
"""

from pathlib import Path

from quo_mcp.publishing import (
    bundle,
    client_snippets,
    compose,
    docker,
    gemini,
    manifests_readme,
    plugin,
    registry,
    smithery,
)
from quo_mcp.publishing.project import Project, load_project
from quo_mcp.publishing.readme import update_sections

FOLDER = "manifests"
GENERATORS = (
    registry,
    bundle,
    plugin,
    gemini,
    docker,
    compose,
    smithery,
    client_snippets,
    manifests_readme,
)


def render_manifests(project: Project) -> dict[Path, str]:
    """Return the text of each file in manifests/ by its path relative to the repository's root."""
    return {
        Path(FOLDER, path): text
        for generator in GENERATORS
        for path, text in generator.render_files(project).items()
    }


def generate_files(readme: Path) -> dict[Path, str]:
    """Return the up-to-date text of every generated file, by path.

    Next to a pyproject.toml, `readme` is the repository's, and the manifests are generated as well.

    Raises:
        OSError: a file cannot be read.
        ValueError: a marker is missing or duplicated, or pyproject.toml is invalid.
    """
    text, root = readme.read_text(encoding="utf-8"), readme.parent
    if not (root / "pyproject.toml").is_file():
        return {readme: update_sections(text)}
    project = load_project(root)
    manifests = {root / path: content for path, content in render_manifests(project).items()}
    return {readme: update_sections(text)} | manifests


def find_stale_files(readme: Path) -> list[Path]:
    """Return the files in manifests/ that are no longer generated."""
    current = generate_files(readme)
    paths = sorted((readme.parent / FOLDER).rglob("*"))
    return [path for path in paths if path.is_file() and path not in current]
