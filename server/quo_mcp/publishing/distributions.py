"""Builds what is published (wheel, source distribution and desktop bundle), and checks it as a stranger would use it.

Every check runs in a temporary folder and needs the network: pip fetches the dependencies, and npx the bundle's validator.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio

from quo_mcp.publishing.bundle import PACKED_FILES
from quo_mcp.publishing.project import Project, load_project

MANIFEST = "manifests/mcpb/manifest.json"
VALIDATOR = "@anthropic-ai/mcpb@2.1.2"
UNPACKED_NAMES = {"__pycache__", ".venv", "uv.lock"}
DEMO_TIMEOUT = 300  # seconds


class FailedCheck(Exception):  # noqa: N818 - named without "Error", like all our errors
    """A distribution does not work. The message says which, and how."""


def build_distributions(root: Path, target: Path) -> list[Path]:
    """Build the distributions of the project at `root` into `target`, and return their paths.

    Raises:
        FailedCheck: the build failed.
    """
    project = load_project(root)
    target.mkdir(parents=True, exist_ok=True)
    for path in target.iterdir():
        if path.name.startswith((project.name, project.name.replace("-", "_"))):
            path.unlink()
    _run([sys.executable, "-m", "build", "--outdir", str(target), str(root)], "the build")
    _pack_bundle(root, target / f"{project.name}.mcpb")
    return sorted(target.iterdir())


def _pack_bundle(root: Path, path: Path) -> None:
    """Write the bundle: a ZIP file with the manifest and everything that the build of the package needs."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.write(root / MANIFEST, "manifest.json")
        for name in PACKED_FILES:
            source = root / name
            for file in sorted(source.rglob("*")) if source.is_dir() else [source]:
                relative = file.relative_to(root)
                if file.is_file() and not UNPACKED_NAMES & set(relative.parts):
                    bundle.write(file, str(relative))


def check_distributions(target: Path, project: Project) -> list[str]:
    """Return a sentence for each check that passed.

    Raises:
        FailedCheck: a distribution does not work.
    """
    [wheel] = target.glob("*.whl")
    [source] = target.glob("*.tar.gz")
    bundle = target / f"{project.name}.mcpb"
    with tempfile.TemporaryDirectory(prefix="quo-mcp-") as folder:
        return [
            _check_package(wheel, Path(folder) / "wheel", project),
            _check_package(source, Path(folder) / "source", project),
            _check_bundle(bundle, Path(folder) / "bundle"),
        ]


def _check_package(package: Path, folder: Path, project: Project) -> str:
    """Install the package in an environment of its own, run the demo, and connect a client."""
    scripts = _create_environment(folder, str(package))
    command = scripts / project.name
    demo = _run([str(command), "demo"], f"the demo from {package.name}", _clean_environment(folder))
    if "quo_" not in demo:
        raise FailedCheck(f"{package.name}: the demo printed no tool call.")
    tools = _list_tools(str(command), [], _clean_environment(folder))
    return f"{package.name}: installed in a clean environment; the demo ran; a client listed {len(tools)} tools."


def _check_bundle(bundle: Path, folder: Path) -> str:
    """Validate the manifest, and start the server as the host does, with only what is in the bundle."""
    with zipfile.ZipFile(bundle) as file:
        file.extractall(folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    if shutil.which("npx") is None:
        raise FailedCheck(
            f"{bundle.name}: its manifest cannot be validated, because npx was not found. Install Node.js 20 or newer."
        )
    _run(
        ["npx", "--yes", VALIDATOR, "validate", str(folder / "manifest.json")],
        "the bundle's validator",
    )
    scripts = _create_environment(folder.with_name("tools"), "uv")
    config = manifest["server"]["mcp_config"]
    form = manifest["user_config"]
    environment = {name: fill_form(value, folder, form) for name, value in config["env"].items()}
    tools = _list_tools(
        str(scripts / config["command"]),
        [fill_form(argument, folder, form) for argument in config["args"]],
        _clean_environment(folder) | environment | {"UV_PYTHON": sys.executable},
    )
    expected = [tool["name"] for tool in manifest["tools"]]
    if tools != expected:
        raise FailedCheck(f"{bundle.name}: the server lists other tools than the manifest.")
    return f"{bundle.name}: the manifest is valid; the server started from the bundle alone, and listed {len(tools)} tools."


def fill_form(text: str, folder: Path, form: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a text of the manifest as the host passes it on if its user changes no setting."""
    text = text.replace("${__dirname}", str(folder))
    for name, field in form.items():
        default = field["default"]
        value = str(default).lower() if isinstance(default, bool) else str(default)
        text = text.replace(f"${{user_config.{name}}}", value)
    return text


def _create_environment(folder: Path, requirement: str) -> Path:
    """Create a virtual environment with one requirement, and return the folder of its commands."""
    venv.create(folder, with_pip=True)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    _run(
        [str(scripts / "python"), "-m", "pip", "install", "--quiet", requirement],
        f"the installation of {Path(requirement).name}",
    )
    return scripts


def _clean_environment(folder: Path) -> dict[str, str]:
    """Return this environment without our settings, and with a home of its own."""
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("QUO_", "MATON_", "PYTHON", "VIRTUAL_ENV"))
    }
    return environment | {"HOME": str(home), "USERPROFILE": str(home), "XDG_STATE_HOME": str(home)}


def _list_tools(command: str, arguments: list[str], environment: Mapping[str, str]) -> list[str]:
    """Return the names of the tools that a client sees, after one of them has answered."""
    from mcp import Client, StdioServerParameters  # noqa: PLC0415 - slow, and only needed here

    async def connect() -> list[str]:
        server = StdioServerParameters(command=command, args=arguments, env=dict(environment))
        with anyio.fail_after(DEMO_TIMEOUT):
            async with Client(server) as client:
                result = await client.call_tool("quo_list_phone_numbers", {})
                if result.is_error:
                    raise FailedCheck(f"{command}: quo_list_phone_numbers failed.")
                return [tool.name for tool in (await client.list_tools()).tools]

    return anyio.run(connect)


def _run(command: list[str], subject: str, environment: Mapping[str, str] | None = None) -> str:
    """Run a command and return its output.

    Raises:
        FailedCheck: it failed; the message has the end of its output.
    """
    done = subprocess.run(  # noqa: S603 - commands of this module, with paths of its own
        command,
        env=None if environment is None else dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=DEMO_TIMEOUT,
        check=False,
    )
    if done.returncode:
        raise FailedCheck(
            f"{subject.capitalize()} failed (exit status {done.returncode}):\n{done.stdout[-2000:]}"
        )
    return done.stdout
