"""Whether a webhook's payload comes from Quo."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from quo_mcp.cli.console import complain, say

if TYPE_CHECKING:
    from quo_mcp.config.settings import Config


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    one = commands.add_parser(
        "webhook",
        help="check a webhook's signature",
        description="Tell whether a webhook's payload comes from Quo. The exit status is 1 where it does not.",
        epilog="The key comes from the environment variable QUO_WEBHOOK_KEY, or from --key-file.",
    )
    one.add_argument("action", choices=["verify"])
    one.add_argument(
        "payload", nargs="?", default="-", help="a file with the body as it came (default: stdin)"
    )
    one.add_argument(
        "--signature", required=True, help="the header openphone-signature or webhook-signature"
    )
    one.add_argument("--id", help="the header webhook-id, where there is one")
    one.add_argument("--timestamp", help="the header webhook-timestamp, where there is one")
    one.add_argument("--key-file", type=Path, help="a file with the webhook's signing key")
    one.add_argument(
        "--tolerance",
        type=int,
        default=300,
        metavar="SECONDS",
        help="how far the signature's time may be from now; 0 for any (default: %(default)s)",
    )
    one.set_defaults(run=webhook)


def webhook(given: argparse.Namespace, _config: "Config") -> int:
    from datetime import timedelta  # noqa: PLC0415

    from quo_mcp.cli.webhook_signature import Invalid, Signed, verify  # noqa: PLC0415
    from quo_mcp.server.account import real_time  # noqa: PLC0415

    try:
        body = sys.stdin.buffer.read() if given.payload == "-" else Path(given.payload).read_bytes()
        # Not a setting of the server's, and never an argument: those stay in the shell's history.
        key = given.key_file.read_text() if given.key_file else os.environ.get("QUO_WEBHOOK_KEY")
    except (OSError, ValueError) as fault:
        complain(fault)
        return 2
    if not key:
        complain("no key: set QUO_WEBHOOK_KEY or give --key-file")
        return 2
    tolerance = timedelta(seconds=given.tolerance) if given.tolerance else None
    signed = Signed(given.signature, given.id, given.timestamp)
    try:
        at = verify(body, signed, key, now=real_time(), tolerance=tolerance)
    except Invalid as fault:
        complain(fault)
        return 1
    say(f"The signature is right; it was made at {at:%Y-%m-%d %H:%M:%S} UTC.")
    return 0
