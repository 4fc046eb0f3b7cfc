"""Who is published: what pyproject.toml says, and the one thing that it does not."""

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quo_mcp import __version__

OWNER = "quo-mcp"
"""The GitHub account that publishes. Names and links derive from it: the registry lets an account
publish only under `io.github.<account>/`."""

SERVER = "quo"
"""What clients call the server; tools are shown behind it."""

TITLE = "Quo"

NEEDED = (
    "name",
    "description",
    "license",
    "authors",
    "keywords",
    "requires-python",
    "classifiers",
)


@dataclass(frozen=True)
class Project:
    """The package, as catalogues want to hear of it.

    python: the versions it runs on, as `>=3.11`. newest_python: the last one it names, as `3.13`.
    """

    name: str
    description: str
    license: str
    author: str
    keywords: tuple[str, ...]
    python: str
    newest_python: str
    version: str = __version__

    @property
    def repository(self) -> str:
        return f"https://github.com/{OWNER}/{self.name}"

    @property
    def registry_name(self) -> str:
        """Its name in the MCP registry, which looks for it in the package's README."""
        return f"io.github.{OWNER}/{self.name}"

    @property
    def command(self) -> dict[str, Any]:
        """How a client starts the published package, without anything to install first but uv."""
        return {"command": "uvx", "args": [self.name]}


def project_at(root: Path) -> Project:
    """The project whose repository is at `root`.

    Raises:
        OSError: there is no pyproject.toml.
        ValueError: it is no TOML, or lacks something that catalogues ask for.
    """
    said = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8")).get("project", {})
    lacking = [each for each in NEEDED if not said.get(each)]
    if lacking:
        raise ValueError(f"pyproject.toml says nothing of the project's {', '.join(lacking)}.")
    pythons = [
        tuple(map(int, last.split(".")))
        for last in (each.rpartition(" :: ")[2] for each in said["classifiers"])
        if last.startswith("3.")
    ]
    return Project(
        name=said["name"],
        description=said["description"],
        license=said["license"],
        author=said["authors"][0]["name"],
        keywords=tuple(said["keywords"]),
        python=said["requires-python"],
        newest_python=".".join(map(str, max(pythons))),
    )


def as_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
