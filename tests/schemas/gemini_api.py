"""A model's API on this machine, in Gemini's form: it answers with one function call, then with a text."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from judge import CALL, arguments

Request = dict[str, Any]


@contextmanager
def gemini_api(judge: str) -> Iterator[tuple[str, list[Request]]]:
    """Serve the API. Yields its URL and the bodies of the requests."""
    requests: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            call = {"functionCall": {"name": CALL, "args": arguments(judge)}}
            part = call if len(requests) == 1 else {"text": "Done."}
            content = {"role": "model", "parts": [part]}
            candidate = {"content": content, "finishReason": "STOP"}
            body = json.dumps({"candidates": [candidate]}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", requests
        server.shutdown()


def declared(request: Request) -> dict[str, Mapping[str, Any]]:
    """Return the schemas in a request, by the tool's name."""
    return {
        each["name"]: each.get("parameters") or each.get("parametersJsonSchema") or NO_ARGUMENTS
        for tool in request["tools"]
        for each in tool["functionDeclarations"]
    }


NO_ARGUMENTS: Mapping[str, Any] = {"type": "object", "properties": {}}
