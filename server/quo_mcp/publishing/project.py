"""The metadata of the package, from pyproject.toml, the account that publishes it, and the notation of documents."""

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from quo_mcp import __version__

OWNER = "quo-mcp"
"""The GitHub account that publishes. Names and links derive from it.

The MCP registry lets an account publish only under `io.github.<account>/`.
"""

SERVER_NAME = "quo"
"""The name of the server in a client's configuration. Clients show it as a prefix of the tools."""

TITLE = "Quo"

REQUIRED_FIELDS = (
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
    """The metadata that registries and catalogs ask for.

    python: the supported versions, such as `>=3.11`.
    newest_python: the newest version in the classifiers, such as `3.13`.
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
        """The name in the MCP registry, which checks that the package's README contains it."""
        return f"io.github.{OWNER}/{self.name}"

    @property
    def command(self) -> dict[str, Any]:
        """The command that starts the published package. It requires only uv."""
        return {"command": "uvx", "args": [self.name]}


def load_project(root: Path) -> Project:
    """Return the project whose repository is at `root`.

    Raises:
        OSError: pyproject.toml cannot be read.
        ValueError: pyproject.toml is not valid TOML, or a required field is missing.
    """
    metadata = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8")).get(
        "project", {}
    )
    missing = [name for name in REQUIRED_FIELDS if not metadata.get(name)]
    if missing:
        raise ValueError(f"pyproject.toml has no value for: {', '.join(missing)}.")
    pythons = [
        tuple(map(int, version.split(".")))
        for version in (line.rpartition(" :: ")[2] for line in metadata["classifiers"])
        if version.startswith("3.")
    ]
    return Project(
        name=metadata["name"],
        description=metadata["description"],
        license=metadata["license"],
        author=metadata["authors"][0]["name"],
        keywords=tuple(metadata["keywords"]),
        python=metadata["requires-python"],
        newest_python=".".join(map(str, max(pythons))),
    )


def to_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


class PrettierDumper(yaml.SafeDumper):
    """Writes YAML as prettier does: lists are indented, and quotation marks are double."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - the library's
        super().increase_indent(flow, indentless=False)

    def choose_scalar_style(self) -> str:
        style: str = super().choose_scalar_style()
        return '"' if style == "'" else style


def to_yaml(value: Any) -> str:
    return yaml.dump(
        value, Dumper=PrettierDumper, sort_keys=False, allow_unicode=True, width=float("inf")
    )
