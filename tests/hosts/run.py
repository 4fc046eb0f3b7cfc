"""The hosts' own command lines against the shipped command: `python tests/hosts/run.py [NAME ...]`.

Each is set up with `quo-mcp install`, lists the server, has a scripted model call one tool of it,
and is cleared again with `--undo`. The key and a setting have to reach the server through the host:
what the model gets must come from the pretend gateway that the setting names. The hosts get a
temporary home; installing them needs the network, the rest none but this machine's own.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import model
from model import FOUND, Model

QUO = Path(sys.executable).with_name("quo-mcp")
ALTOGETHER = 400.0  # seconds, packages included
ENDS = time.monotonic() + ALTOGETHER
AT_ONCE = 2
KEY = "sandbox"
ASKED = "Find Jane."


@dataclass(frozen=True)
class Host:
    """A program and its command line.

    api: what it speaks to its model. begins: files of its own that it has before, below its home.
    listing: its command that lists servers, and what that has to say of ours.
    asking: its command that has the model work. environ: what it needs besides a home.
    writes_itself: it keeps more in that file than its settings.
    """

    package: str
    program: tuple[str, ...]
    file: str
    api: str
    listing: tuple[tuple[str, ...], str]
    asking: tuple[str, ...]
    begins: Callable[[str], dict[str, str]]
    environ: Callable[[str], dict[str, str]]
    writes_itself: bool = False


HOSTS = {
    "claude-code": Host(
        package="@anthropic-ai/claude-code@2.1.331",
        program=("node", "@anthropic-ai/claude-code/cli-wrapper.cjs"),
        file=".claude.json",
        api="anthropic",
        listing=(("mcp", "list"), "Connected"),
        asking=("-p", ASKED, "--allowedTools", "mcp__quo"),
        begins=lambda _url: {".claude.json": '{"hasCompletedOnboarding": true}\n'},
        environ=lambda url: {
            "ANTHROPIC_BASE_URL": url,
            "ANTHROPIC_API_KEY": "none",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        },
        writes_itself=True,
    ),
    "codex": Host(
        package="@openai/codex@0.169.0",
        program=("node", "@openai/codex/bin/codex.js"),
        file=".codex/config.toml",
        api="openai",
        listing=(("mcp", "list"), "enabled"),
        asking=(
            "exec",
            "--skip-git-repo-check",
            "--dangerously-bypass-approvals-and-sandbox",
            ASKED,
        ),
        begins=lambda url: {
            ".codex/config.toml": (
                'model_provider = "scripted"\nmodel = "gpt-5.5"\n\n[model_providers.scripted]\n'
                f'name = "scripted"\nbase_url = "{url}/v1"\nwire_api = "responses"\n'
            )
        },
        environ=lambda _url: {},
    ),
    "gemini": Host(
        package="@google/gemini-cli@0.61.0",
        program=("node", "@google/gemini-cli/bundle/gemini.js"),
        file=".gemini/settings.json",
        api="gemini",
        listing=(("mcp", "list"), "Connected"),
        asking=("--prompt", ASKED, "--yolo", "--model", "gemini-3.1-pro-preview"),
        begins=lambda _url: {
            ".gemini/settings.json": (
                '{\n  // as the program allows\n  "security": {"auth": {"selectedType": "gemini-api-key"}},\n'
                '  "privacy": {"usageStatisticsEnabled": false}\n}\n'
            )
        },
        environ=lambda url: {
            "GEMINI_API_KEY": "none",
            "GOOGLE_GEMINI_BASE_URL": url,
            "GEMINI_CLI_TRUST_WORKSPACE": "true",
        },
    ),
}


def run(*arguments: str | Path, cwd: Path, env: dict[str, str]) -> str:
    """What a program says, once it has ended well; nothing of it stays.

    Raises:
        SystemExit: it failed.
        subprocess.TimeoutExpired: all of it together took too long.
    """
    with subprocess.Popen(
        arguments,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            said, _ = process.communicate(timeout=ENDS - time.monotonic())
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, arguments))}: status {process.returncode}\n{said}")
    return said


def must(held: object, what: str, said: str) -> None:
    if not held:
        raise SystemExit(f"{what}:\n{said}")


@contextmanager
def gateway() -> Iterator[str]:
    """Run the sandbox as a server and yield its URL."""
    with subprocess.Popen(
        [QUO, "sandbox", "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            first = process.stdout.readline() if process.stdout else ""
            found = re.search(r"http://[0-9.:]+", first)
            must(found, "the pretend gateway did not start", first)
            yield found[0] if found else ""
        finally:
            process.terminate()


def one(name: str, folder: Path, url: str) -> str:
    began = time.monotonic()
    home = folder / "homes" / name
    home.mkdir(parents=True)
    with model.running() as scripted:
        driven(name, home, folder / "node_modules", scripted, url)
    return f"{name}: {time.monotonic() - began:.0f} s"


def driven(name: str, home: Path, modules: Path, scripted: Model, url: str) -> None:
    host = HOSTS[name]
    env = {
        each: os.environ[each]
        for each in ("PATH", "LANG", "NODE_EXTRA_CA_CERTS")
        if each in os.environ
    }
    env |= {"HOME": str(home), **host.environ(scripted.url)}
    env |= {"MATON_API_KEY": KEY, "QUO_MCP_BASE_URL": url, "QUO_MCP_STATE_DIR": str(home)}
    for file, text in host.begins(scripted.url).items():
        (home / file).parent.mkdir(parents=True, exist_ok=True)
        (home / file).write_text(text)

    def program(*arguments: str) -> str:
        runtime, script = host.program
        return run(runtime, modules / script, *arguments, cwd=home, env=env)

    before = (home / host.file).read_text()
    run(QUO, "install", name, "--yes", cwd=home, env=env)
    must(KEY not in (home / host.file).read_text(), f"{name} got the key itself", "")
    command, word = host.listing
    listed = program(*command)
    must("quo" in listed and word in listed, f"{name} does not list the server", listed)
    said = program(*host.asking)
    heard = scripted.heard.get(host.api, "")
    what = f"{said}\n{heard}\n{scripted.asked}"
    must(FOUND in heard, f"{name} did not hand the tool's result over", what)
    must("SANDBOX" not in heard, f"{name} did not hand the key on", what)
    undone = run(QUO, "install", name, "--undo", "--yes", cwd=home, env=env)
    listed = program(*command)
    must("quo-mcp" not in listed, f"{name} still lists the server", listed)
    after = (home / host.file).read_text()
    if host.writes_itself:
        must(
            "quo-mcp" not in after, f"{name} still has the server in its file", f"{undone}\n{after}"
        )
    else:
        must(after == before, f"{name}'s file is not what it was", f"{undone}\n{before}\n{after}")


def main(names: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="hosts-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        packages = [HOSTS[name].package for name in names]
        quiet = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        run("npm", "install", *quiet, "--prefix", folder, *packages, cwd=folder, env={**os.environ})
        print(f"installed: {ALTOGETHER - ENDS + time.monotonic():.0f} s", flush=True)  # noqa: T201
        with gateway() as url, ThreadPoolExecutor(AT_ONCE) as pool:
            for line in pool.map(one, names, repeat(folder), repeat(url)):
                print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:] or list(HOSTS))
