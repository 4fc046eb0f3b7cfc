"""Looks for secrets in everything that leaves the server, while it is tormented.

    python tests/torture/leaks.py --rounds 50 --seed 1

Planted are: the API key, the link of every connection (its token), the signing key of every
webhook, and the token of the HTTP server. Looked through are results, questions, the log at INFO,
standard output and error, the audit log, the journal, and the words of every exception on the way.
"""

# ruff: noqa: T201 - a command tells what it found

import argparse
import contextlib
import io
import logging
import random
import re
import sys
import tempfile
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import anyio
import mcp_types as types
from mcp import Client

from conftest import PACIFIC, skip_waits
from quo_mcp.config.settings import Settings
from quo_mcp.sandbox import Fault, Sandbox
from quo_mcp.sandbox.error_responses import STYLES
from quo_mcp.sandbox.faults import KINDS
from quo_mcp.server.account import open_account, sandbox_transport
from quo_mcp.server.app import build_server
from sandbox.play import Clock
from torture.arguments import EVERY, Saying

KEY = "mk-canary-7f3a9c51d2e84b60"
HTTP_TOKEN = "ht-canary-5d1e0b7a4c93f826"
SIGNING = "Y2FuYXJ5LXNpZ25pbmcta2V5LTAx"
SESSION = "st-canary-0a9b8c7d6e5f4321"
# These tools exist to hand a person a link to open, or a key, once; nothing else may.
MAY_SHOW = {
    "quo_check_setup": {SESSION},
    "quo_create_connection": {SESSION},
    "quo_get_connection": {SESSION},
    "quo_create_webhook": {SIGNING},
}
WHOLE_NUMBER = re.compile(r"(?:\+|%2B)1[0-9]{10}")


async def play(seed, folder, *, calls=120):
    """The leaks of one server, as sentences."""
    dice, clock, wrong = random.Random(seed), Clock(), []
    box = Sandbox(seed=7, now=clock, sleep=clock.sleep, enforce_rate=False, key=KEY)
    plant(box)
    logged = logging.StreamHandler(io.StringIO())
    logged.setFormatter(logging.Formatter("%(name)s %(message)s"))
    root = logging.getLogger()
    levels = {name: logging.getLogger(name).level for name in ("", "quo_mcp", "httpx2", "mcp")}
    root.addHandler(logged)
    root.setLevel(logging.INFO)
    asked = []

    async def person(_context, params):
        asked.append(params.message)
        return types.ElicitResult(action=dice.choice(["accept", "decline"]), content={})

    config = Settings(
        api_key=KEY,
        http_token=HTTP_TOKEN,
        toolsets="all",
        state_dir=folder,
        **PACIFIC,
        **dice.choice([{}, {"inboxes": "PNd5FrontDk"}, {"approval": "never"}]),
    )

    @contextlib.asynccontextmanager
    async def opening(settings):
        async with open_account(settings, transport=sandbox_transport(box), now=clock) as quo:
            skip_waits(quo)
            yield quo

    out, err = io.StringIO(), io.StringIO()
    answers = {}
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            server = build_server(config, account_factory=opening)
            mode = dice.choice(["legacy", "auto"])
            async with Client(server, mode=mode, elicitation_callback=person) as client:
                said = Saying(box, dice)
                for _ in range(calls):
                    misbehave(box, dice)
                    said.ids["connection_id"] = list(box.state.connections)
                    said.ids["webhook_id"] = list(box.state.webhooks) or ["WHnone"]
                    plant(box)
                    name = dice.choice([*EVERY, *MAY_SHOW, "quo_list_connections"])
                    making = said.hostile if dice.random() < 0.2 else said.plausible
                    said.keep_connected()
                    told = await client.call_tool(name, making(EVERY[name]))
                    answers.setdefault(name, []).append(told.model_dump_json())
    finally:
        root.removeHandler(logged)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
    places = {f"a result of {name}": "\n".join(texts) for name, texts in answers.items()}
    places |= {
        "a question": "\n".join(asked),
        "the log": logged.stream.getvalue(),
        "standard output": out.getvalue(),
        "standard error": err.getvalue(),
        "the settings' own text": f"{config!r} {config}",
    }
    for path in folder.rglob("*"):
        if path.is_file():
            places[f"the file {path.name}"] = path.read_bytes().decode("latin-1")
    for place, text in places.items():
        allowed = MAY_SHOW.get(place.removeprefix("a result of "), set())
        wrong += [
            f"seed {seed}: {secret[:9]}… is in {place}"
            for secret in {KEY, HTTP_TOKEN, SIGNING, SESSION} - allowed
            if secret in text
        ]
    for place in ("the log", "standard error", "the file audit.jsonl"):
        if found := WHOLE_NUMBER.search(places.get(place, "")):
            wrong.append(f"seed {seed}: a whole number is in {place}: {found[0]}")
    return wrong, sum(map(len, answers.values()))


def plant(box):
    for link in box.state.connections.values():
        link["url"] = f"https://connect.example.com/?session_token={SESSION}"
    for webhook in box.state.webhooks.values():
        webhook["key"] = SIGNING


def misbehave(box, dice):
    """A fault now and then; some of them say the key back, as careless proxies do."""
    box.faults.clear()
    if dice.random() < 0.5:
        return
    kind = dice.choice([each for each in KINDS if each not in {"drip", "gzip_bomb", "late_commit"}])
    style = dice.choice(list(STYLES))
    details = {"message": f"bad key {KEY} Bearer {KEY} session_token={SESSION}"}
    fault = Fault(
        kind, status=dice.choice([400, 401, 403, 404, 500, 502]), style=style, details=details,
        times=dice.choice([1, None]), path=dice.choice([None, "/quo/v1/contacts", "/connections"]),
        to=f"https://elsewhere.example.com/?key={KEY}",
    )  # fmt: skip
    box.inject(fault)


async def play_all(seeds):
    wrong, calls = [], 0
    for seed in seeds:
        with tempfile.TemporaryDirectory() as name:
            found, made = await play(seed, Path(name))
            wrong += found
            calls += made
    return wrong, calls


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"seed {options.seed}")
    started = time.perf_counter()
    wrong, calls = anyio.run(play_all, range(options.seed, options.seed + options.rounds))
    print(f"{calls} calls of {len(EVERY)} tools ({time.perf_counter() - started:.0f} s)")
    print("\n".join(wrong[:50]) or "No secret came out.")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
