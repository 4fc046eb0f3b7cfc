"""The official conformance suite against our server: `python tests/conformance/run.py`.

Twice: the shipped command, where only what a baseline names may fail, and a baseline entry that
passes fails the run too; and an overlay with the suite's fixtures, where everything has to pass.
Node and the suite are installed into a temporary folder, which needs the network.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
ALTOGETHER = 400.0  # seconds
ENDS = time.monotonic() + ALTOGETHER

NODE = "node@22"  # the suite runs on no older one
SUITES = {"0.1": "0.1.16", "0.2": "0.2.0-alpha.12"}
RUNS = {  # the baseline of each, its suite, and what it runs
    "0.1": ("0.1", ["--suite", "active"]),
    "2025-11-25": ("0.2", ["--suite", "all", "--spec-version", "2025-11-25"]),
    "2026-07-28": ("0.2", ["--suite", "all", "--spec-version", "2026-07-28"]),
}
SERVERS = {
    "shipped": ["-m", "quo_mcp", "serve", "--http", "--port", "0"],
    "overlay": [str(HERE / "overlay.py"), "0"],
}


def environment(folder: Path) -> dict[str, str]:
    """Return this machine's environment with the newer Node first and without settings of quo-mcp."""
    ours = ("MATON_", "QUO_")
    keep = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    path = f"{folder / 'node' / 'node_modules' / 'node' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return keep | {"PATH": path, "QUO_MCP_STATE_DIR": str(folder / "state")}


def ran(*arguments: str, folder: Path) -> tuple[int, str]:
    """A program's exit status, and what it said.

    Raises:
        subprocess.TimeoutExpired: all of it together took too long; nothing of it stays.
    """
    with subprocess.Popen(
        arguments,
        cwd=folder,
        env=environment(folder),
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
    return process.returncode, said


@contextmanager
def serving(name: str, folder: Path) -> Iterator[str]:
    """Run the server and yield its URL."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", *SERVERS[name]],
        cwd=folder,
        env=environment(folder),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        # Whatever keeps it from saying its address ends the wait for it as well.
        late = threading.Timer(30, process.kill)
        late.start()
        try:
            assert process.stderr
            found = re.search(r"http://\S+/mcp", process.stderr.readline())
            if not found:
                raise SystemExit(f"{name}: the server did not start\n{process.stderr.read()}")
            late.cancel()
            threading.Thread(target=process.stderr.read, daemon=True).start()
            yield found[0]
        finally:
            late.cancel()
            process.kill()


def install(folder: Path) -> None:
    packages = {"node": NODE} | {
        suite: f"@modelcontextprotocol/conformance@{version}" for suite, version in SUITES.items()
    }
    for where, package in packages.items():
        status, said = ran(
            *("npm", "install", "--silent", "--no-audit", "--no-fund"),
            *("--prefix", str(folder / where), package),
            folder=folder,
        )
        if status:
            raise SystemExit(f"{package} cannot be installed:\n{said}")


def main() -> int:
    failed = 0
    with tempfile.TemporaryDirectory(prefix="quo-mcp-conformance-") as made:
        folder = Path(made)
        install(folder)
        for name in SERVERS:
            with serving(name, folder) as url:
                for baseline, (suite, options) in RUNS.items():
                    expected = (
                        ["--expected-failures", str(HERE / f"baseline-{baseline}.yml")]
                        if name == "shipped"
                        else []
                    )
                    program = folder / suite / "node_modules" / ".bin" / "conformance"
                    status, said = ran(
                        str(program), "server", "--url", url, *options, *expected, folder=folder
                    )
                    failed |= status
                    _, _, summary = said.partition("=== SUMMARY ===")
                    scenarios = re.findall("^([✓✗~])", summary, re.MULTILINE)
                    total = re.search("^Total: .*", summary, re.MULTILINE)
                    print(  # noqa: T201
                        f"{name}, {SUITES[suite]} {' '.join(options[1:])}: "
                        f"{scenarios.count('✓')} of {len(scenarios)} scenarios pass; "
                        f"{total[0] if total else 'no summary'}",
                        flush=True,
                    )
                    if status or not total:
                        failed = 1
                        print(said, file=sys.stderr)  # noqa: T201
    return failed


if __name__ == "__main__":
    sys.exit(main())
