"""A page of another origin connects with a real Chromium if its origin is allowed, and cannot if not: `python tests/browser/run.py`.

Without Chromium, it says so loudly and passes.
"""

import json
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

PAGE = Path(__file__).with_name("page.html")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
TOKEN = "a-token-that-is-long-enough"
SECONDS = 60
ALLOWED = {
    "without_token": [401, "Bearer"],
    "initialize": [200, True, True],
    "tools": [200, True],
    "end": 200,
}
BLOCKED = dict.fromkeys(ALLOWED, "TypeError: Failed to fetch")


class PageServer(ThreadingHTTPServer):
    """Serves the page on a port of its own, which is an origin of its own, and receives what it reports."""

    def __init__(self) -> None:
        self.reports: queue.Queue[dict[str, object]] = queue.Queue()
        super().__init__(("127.0.0.1", 0), PageHandler)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class PageHandler(BaseHTTPRequestHandler):
    server: PageServer

    def do_GET(self) -> None:
        self._answer(PAGE.read_bytes())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.reports.put(json.loads(body))
        self._answer(b"")

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def serving_page() -> Iterator[PageServer]:
    with PageServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@contextmanager
def serving_mcp(state: str, origins: str) -> Iterator[str]:
    """Run `quo-mcp serve --http` on a free port, and yield its URL."""
    own = {"PATH", "LANG", "HOME"}
    env = {name: value for name, value in os.environ.items() if name in own}
    env |= {"QUO_MCP_STATE_DIR": state, "QUO_MCP_HTTP_TOKEN": TOKEN}
    env |= {"QUO_MCP_HTTP_ORIGINS": origins}
    command = [sys.executable, "-m", "quo_mcp", "serve", "--http", "--port", "0"]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as process:
        try:
            url = None
            while url is None:
                line = process.stderr.readline()
                if not line:
                    raise SystemExit("the server ended before it listened")
                url = re.search(r"http://\S+/mcp", line)
            yield url[0]
        finally:
            process.terminate()


def open_page(browser: str, page: PageServer, url: str) -> dict[str, object]:
    """Open the page in a new browser, and return what it reports."""
    query = urlencode({"server": url, "token": TOKEN})
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [
            browser,
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"),
            *("--disable-dev-shm-usage", f"--user-data-dir={profile}"),
            f"{page.origin}/?{query}",
        ]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as it:
            try:
                return page.reports.get(timeout=SECONDS)
            finally:
                it.terminate()


def main() -> int:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print("-- SKIPPED: no Chromium is installed, so no real browser was tried.")  # noqa: T201
        return 0
    version = subprocess.run([browser, "--version"], capture_output=True, text=True, check=False)
    print(version.stdout.strip())  # noqa: T201
    failures = 0
    with (
        tempfile.TemporaryDirectory() as state,
        serving_page() as allowed,
        serving_page() as other,
        serving_mcp(state, allowed.origin) as url,
    ):
        for name, page, expected in (
            ("allowed", allowed, ALLOWED),
            ("not allowed", other, BLOCKED),
        ):
            report = open_page(browser, page, url)
            is_right = report == expected
            failures += not is_right
            print(  # noqa: T201
                f"{'passed' if is_right else 'FAILED'}: a page of an origin that is {name}: {report}"
            )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
