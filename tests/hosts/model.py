"""A model that knows one thing to do: it calls one tool, and then says what it got. On this machine only.

It speaks as much of three APIs as the hosts ask for: Anthropic's messages, OpenAI's responses,
Gemini's generateContent. Some hosts show tools only to who searches for them, so it searches.
"""

import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOOL = "quo_find_contacts"
ARGUMENTS = {"query": "jane whitaker"}
FOUND = "Jane Whitaker"
SERVER = "quo"

Json = dict[str, Any]
Event = tuple[str | None, Json]


class Model(ThreadingHTTPServer):
    """heard: the tool result that each API received from the host. asked: the path of each request, in order."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.heard: dict[str, str] = {}
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def running() -> Iterator[Model]:
    with Model() as model:
        thread = threading.Thread(target=model.serve_forever, daemon=True)
        thread.start()
        yield model
        model.shutdown()
        thread.join()


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Model

    def do_GET(self) -> None:
        self._say_json({"data": [], "models": []})

    def do_HEAD(self) -> None:
        self._say("application/json", b"")

    def do_POST(self) -> None:
        said = self.rfile.read(int(self.headers.get("content-length") or 0))
        request = json.loads(said or b"{}")
        self.server.asked.append(self.path)
        if "count_tokens" in self.path:
            self._say_json({"input_tokens": 1})
        elif "/messages" in self.path:
            self._say_events(anthropic(request, self.server.heard))
        elif "/responses" in self.path:
            self._say_events(openai(request, self.server.heard))
        elif "enerateContent" in self.path:
            reply = gemini(request, self.server.heard)
            if "stream" in self.path:
                self._say_events([(None, reply)])
            else:
                self._say_json(reply)
        else:
            self._say_json({})

    def _say_json(self, reply: Json) -> None:
        self._say("application/json", json.dumps(reply).encode())

    def _say_events(self, events: Iterable[Event]) -> None:
        lines = [
            (f"event: {name}\n" if name else "") + f"data: {json.dumps(data)}\n\n"
            for name, data in events
        ]
        self._say("text/event-stream", "".join(lines).encode())

    def _say(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
        """Log nothing."""


def anthropic(request: Json, heard: dict[str, str]) -> list[Event]:
    blocks = [
        block
        for message in request.get("messages", [])
        if isinstance(message["content"], list)
        for block in message["content"]
    ]
    calls = {block["id"]: block["name"] for block in blocks if block.get("type") == "tool_use"}
    results = {
        calls.get(block["tool_use_id"], ""): block.get("content")
        for block in blocks
        if block.get("type") == "tool_result"
    }
    offered = [tool.get("name", "") for tool in request.get("tools", [])]
    name = next((each for each in [*results, *offered] if each.endswith(TOOL)), None)
    if name in results:
        heard["anthropic"] = json.dumps(results[name], ensure_ascii=False)
        return _anthropic_events(text="That is what was found.")
    if name:
        return _anthropic_events(call=(name, ARGUMENTS))
    if "ToolSearch" in results:  # it is not in the list, but may be called now
        return _anthropic_events(call=(f"mcp__{SERVER}__{TOOL}", ARGUMENTS))
    if "ToolSearch" in offered:
        return _anthropic_events(call=("ToolSearch", {"query": f"select:mcp__{SERVER}__{TOOL}"}))
    return _anthropic_events(text="There is no such tool.")


def _anthropic_events(*, text: str = "", call: tuple[str, Json] | None = None) -> list[Event]:
    message = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": []}
    message |= {"stop_reason": None, "stop_sequence": None}
    message |= {"usage": {"input_tokens": 1, "output_tokens": 1}}
    if call:
        name, arguments = call
        block = {"type": "tool_use", "id": f"toolu_{name}", "name": name, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(arguments)}
    else:
        block, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": text}
    stop = {"stop_reason": "tool_use" if call else "end_turn", "stop_sequence": None}
    events: list[Json] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": stop, "usage": {"output_tokens": 1}},
        {"type": "message_stop"},
    ]
    return [(event["type"], event) for event in events]


def openai(request: Json, heard: dict[str, str]) -> list[Event]:
    said = request.get("input", [])
    results = [each for each in said if each.get("type") == "function_call_output"]
    if results:
        heard["openai"] = json.dumps(results[-1]["output"], ensure_ascii=False)
        return _openai_events(_openai_text("That is what was found."))
    searched = [each for each in said if each.get("type") == "tool_search_output"]
    tools = [*request.get("tools", []), *(tool for each in searched for tool in each["tools"])]
    for space, name in _names(tools):
        if name.endswith(TOOL):
            call = {"type": "function_call", "id": "fc", "call_id": "call", "name": name}
            call |= {"arguments": json.dumps(ARGUMENTS)} | ({"namespace": space} if space else {})
            return _openai_events(call)
    if any(tool.get("type") == "tool_search" for tool in tools) and len(searched) < SEARCHES:
        time.sleep(THOUGHT if searched else 0)
        search = {"type": "tool_search_call", "id": "ts", "call_id": f"search{len(searched)}"}
        search |= {"status": "completed", "execution": "client"}
        return _openai_events(search | {"arguments": {"query": "find contacts", "limit": 8}})
    return _openai_events(_openai_text("There is no such tool."))


SEARCHES = 40  # a host may let the model begin before the server has
THOUGHT = 0.5  # seconds between them: no model is faster


def _names(tools: Iterable[Json]) -> Iterator[tuple[str | None, str]]:
    """The tools, with the namespace that each is in, if any."""
    for tool in tools:
        if "tools" in tool:
            yield from ((tool["name"], each.get("name", "")) for each in tool["tools"])
        else:
            yield None, tool.get("name", "")


def _openai_text(text: str) -> Json:
    content = [{"type": "output_text", "text": text}]
    return {"type": "message", "id": "m", "role": "assistant", "content": content}


def _openai_events(item: Json) -> list[Event]:
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    usage |= {"input_tokens_details": None, "output_tokens_details": None}
    events: list[Json] = [
        {"type": "response.created", "response": {"id": "r"}},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": {"id": "r", "usage": usage}},
    ]
    return [(event["type"], event) for event in events]


def gemini(request: Json, heard: dict[str, str]) -> Json:
    parts = [part for content in request.get("contents", []) for part in content.get("parts", [])]
    results = [part["functionResponse"] for part in parts if "functionResponse" in part]
    offered = [
        each["name"]
        for tool in request.get("tools", [])
        for each in tool.get("functionDeclarations", [])
    ]
    name = next((each for each in offered if each.endswith(TOOL)), None)
    part: Json = {"text": "That is what was found." if results else "There is no such tool."}
    if results:
        heard["gemini"] = json.dumps(results[-1], ensure_ascii=False)
    elif name:
        part = {"functionCall": {"name": name, "args": ARGUMENTS}}
    return {
        "candidates": [
            {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
        ],
        "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2},
        "modelVersion": "m",
    }
