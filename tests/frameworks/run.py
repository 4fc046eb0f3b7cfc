"""Other frameworks against the shipped command: `python tests/frameworks/run.py [NAME ...]`.

Each has its own environment in a temporary folder, since some pin an older MCP library than ours.
Installing needs the network; the errand itself does not.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path

HERE = Path(__file__).parent
SERVER = Path(sys.executable).with_name("quo-mcp")
UV = "uv>=0.9,<1"
ALTOGETHER = 400.0  # seconds, packages included
ENDS = time.monotonic() + ALTOGETHER
AT_ONCE = 2

PYTHON = {
    "pydantic_ai": ["pydantic-ai-slim[mcp]==2.68.0"],
    "openai_agents": ["openai-agents==0.24.0"],
    "langchain": ["langchain==1.4.7", "langchain-mcp-adapters==0.3.2"],
    "fastmcp": ["fastmcp==4.1.2"],
}
TYPESCRIPT = {
    "typescript": "@modelcontextprotocol/client@2.4.0",
    "typescript_1": "@modelcontextprotocol/sdk@1.32.2",
    "ai_sdk": "@ai-sdk/mcp@2.0.99",
}


def run(*arguments: str | Path, cwd: Path = HERE) -> None:
    """Runs a program to its end, and nothing of it stays.

    Raises:
        SystemExit: it failed.
        subprocess.TimeoutExpired: all of it together took too long.
    """
    with subprocess.Popen(arguments, cwd=cwd, start_new_session=True) as process:
        try:
            status = process.wait(ENDS - time.monotonic())
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    if status:
        raise SystemExit(f"{' '.join(map(str, arguments))}: status {status}")


def python(name: str, uv: Path, folder: Path) -> None:
    own = folder / name
    run(uv, "venv", "--quiet", "--python", sys.executable, own)
    run(uv, "pip", "install", "--quiet", "--python", own / "bin" / "python", *PYTHON[name])
    run(own / "bin" / "python", HERE / f"with_{name}.py", SERVER)


def typescript(name: str, folder: Path) -> None:
    own = folder / name
    own.mkdir()
    package = TYPESCRIPT[name]
    run("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", own, package)
    script = "with_ai_sdk.mjs" if name == "ai_sdk" else "with_typescript.mjs"
    shutil.copy(HERE / script, own)
    run("node", script, SERVER, package.rpartition("@")[0], cwd=own)


def one(name: str, uv: Path, folder: Path) -> str:
    began = time.monotonic()
    if name in PYTHON:
        python(name, uv, folder)
    else:
        typescript(name, folder)
    return f"{name}: {time.monotonic() - began:.0f} s"


def main(names: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="quo-mcp-frameworks-") as made:
        folder = Path(made)
        uv = folder / "uv" / "bin" / "uv"
        if set(names) & set(PYTHON):
            run(sys.executable, "-m", "venv", folder / "uv")
            run(folder / "uv" / "bin" / "python", "-m", "pip", "install", "--quiet", UV)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for line in pool.map(one, names, repeat(uv), repeat(folder)):
                print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:] or [*PYTHON, *TYPESCRIPT])
