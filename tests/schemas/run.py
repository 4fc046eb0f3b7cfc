"""Other clients against our schemas: `python tests/schemas/run.py [--all] [NAME ...]`.

Each judge loads all tools through its own MCP client or converter, in an environment of its own, and fails
if a tool does not load, a property changes its type, or an argument does not arrive. What it drops without
harm stands in lost.json: a newer version that drops more shows as a difference, not as a failure.
The four by default run before every change; `--all` adds those that run before a release.
"""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mcp import Client

HERE = Path(__file__).parent
SERVER = Path(sys.executable).with_name("quo-mcp")
LOST = HERE / "lost.json"
UV = "uv>=0.9,<1"
SECONDS = 150  # for one judge, with its packages

DEFAULT = {
    "google_genai": ["google-genai==3.6.1", "mcp==1.30.0"],
    "langchain_google_genai": ["langchain-google-genai==4.4.2", "langchain-mcp-adapters==0.3.2"],
    "ai_sdk": ["ai@7.0.173", "@ai-sdk/mcp@2.0.99"],
    "n8n": ["@n8n/json-schema-to-zod@1.16.0", "zod@3.25.76"],
}
RELEASE = {
    "autogen": ["autogen-ext==0.7.5", "autogen-core==0.7.5", "mcp==1.30.0"],
    "smolagents": ["smolagents[mcp]==1.26.0", "mcpadapt==0.1.19", "mcp==1.30.0"],
    "pydantic_ai": ["pydantic-ai-slim[openai,anthropic,mcp]==2.68.0"],
    "crewai": ["crewai-tools[mcp]==1.15.30"],
    "langchain_js": ["@langchain/mcp-adapters@1.1.4", "@langchain/core@1.4.0"],
}
JUDGES = DEFAULT | RELEASE


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve all tools on the sandbox over HTTP. Yields the URL."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment |= {"QUO_MCP_TOOLSETS": "all", "QUO_MCP_STATE_DIR": str(folder / "state")}
    with subprocess.Popen(
        [SERVER, "serve", "--http", "--port", "0"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr
            address = re.search(r"http://\S+/mcp", process.stderr.readline())
            assert address
            yield address[0]
        finally:
            process.terminate()


async def list_tools(url: str) -> str:
    async with Client(url) as client:
        tools = (await client.list_tools()).tools
    return json.dumps(
        [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]
    )


def run(*arguments: str | Path, cwd: Path) -> str:
    """Run a program and return what it printed.

    Raises:
        SystemExit: it failed.
        subprocess.TimeoutExpired: it took too long.
    """
    done = subprocess.run(
        arguments, cwd=cwd, timeout=SECONDS, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{arguments[1]}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def judge(name: str, folder: Path, *arguments: str | Path) -> dict[str, dict[str, int]]:
    """Return what a judge drops, by the judge's name and version."""
    own = folder / name
    own.mkdir()
    if (script := HERE / f"with_{name}.mjs").exists():
        run(
            "npm",
            "install",
            "--silent",
            "--no-audit",
            "--no-fund",
            "--prefix",
            own,
            *JUDGES[name],
            cwd=own,
        )
        for path in (script, HERE / "judge.mjs"):
            shutil.copy(path, own)
        command: list[str | Path] = ["node", script.name]
    else:
        uv = folder / "uv" / "bin" / "uv"
        if not uv.exists():
            run(sys.executable, "-m", "venv", folder / "uv", cwd=own)
            run(uv.with_name("python"), "-m", "pip", "install", "--quiet", UV, cwd=own)
        interpreter = own / "bin" / "python"
        run(uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, own, cwd=own)
        run(uv, "pip", "install", "--quiet", "--python", interpreter, *JUDGES[name], cwd=own)
        command = [interpreter, HERE / f"with_{name}.py"]
    report = json.loads(
        run(*command, *arguments, HERE / "arguments.json", cwd=own).splitlines()[-1]
    )
    return {report["judge"]: report["lost"]}


def main(arguments: list[str]) -> None:
    names = [name for name in arguments if name != "--all"]
    names = names or list(JUDGES if "--all" in arguments else DEFAULT)
    with tempfile.TemporaryDirectory(prefix="quo-mcp-schemas-") as made, serve(Path(made)) as url:
        tools = Path(made) / "tools.json"
        tools.write_text(asyncio.run(list_tools(url)), encoding="utf-8")
        lost = {}
        for name in names:
            lost |= judge(name, Path(made), url, tools)
    known = json.loads(LOST.read_text("utf-8"))
    for each, keywords in lost.items():
        note = "" if known.get(each) == keywords else f"; in lost.json: {known.get(each)}"
        print(f"{each}: all tools load, all arguments arrive; drops {keywords or 'nothing'}{note}")  # noqa: T201
    if os.environ.get("QUO_MCP_REFRESH"):
        LOST.write_text(json.dumps(known | lost, indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
