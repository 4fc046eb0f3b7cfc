"""The subcommand `webhook`, which verifies the signature of a delivery."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from quo_mcp.cli.console import print_err, print_out

if TYPE_CHECKING:
    from quo_mcp.config.settings import Settings


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "webhook",
        help="verify a webhook's signature",
        description="Verify the signature of a webhook delivery, which proves that Quo sent it. Exit status 1 if the signature "
        "is invalid.",
        epilog="The signing key is read from the environment variable QUO_WEBHOOK_KEY, or from --key-file.",
    )
    command.add_argument("action", choices=["verify"])
    command.add_argument(
        "payload", nargs="?", default="-", help="file with the exact request body (default: stdin)"
    )
    command.add_argument(
        "--signature",
        required=True,
        help="value of the header openphone-signature or webhook-signature",
    )
    command.add_argument("--id", help="value of the header webhook-id, if present")
    command.add_argument("--timestamp", help="value of the header webhook-timestamp, if present")
    command.add_argument("--key-file", type=Path, help="file with the webhook's signing key")
    command.add_argument(
        "--tolerance",
        type=int,
        default=300,
        metavar="SECONDS",
        help="maximum difference between the signature's time and now; 0 for no limit (default: %(default)s)",
    )
    command.set_defaults(run=run_webhook)


def run_webhook(args: argparse.Namespace, _settings: "Settings") -> int:
    from datetime import timedelta  # noqa: PLC0415

    from quo_mcp.cli.webhook_signature import DeliveryHeaders, InvalidSignature, verify  # noqa: PLC0415
    from quo_mcp.values.times import utc_now  # noqa: PLC0415

    try:
        body = sys.stdin.buffer.read() if args.payload == "-" else Path(args.payload).read_bytes()
        # The key is never an argument, because arguments stay in the shell's history.
        key = args.key_file.read_text() if args.key_file else os.environ.get("QUO_WEBHOOK_KEY")
    except (OSError, ValueError) as error:
        print_err(error)
        return 2
    if not key:
        print_err("no signing key: set QUO_WEBHOOK_KEY or use --key-file")
        return 2
    tolerance = timedelta(seconds=args.tolerance) if args.tolerance else None
    delivery_headers = DeliveryHeaders(args.signature, args.id, args.timestamp)
    try:
        signed_at = verify(body, delivery_headers, key, now=utc_now(), tolerance=tolerance)
    except InvalidSignature as error:
        print_err(error)
        return 1
    print_out(f"The signature is valid. Signed at {signed_at:%a %Y-%m-%d %H:%M:%S} UTC.")
    return 0
