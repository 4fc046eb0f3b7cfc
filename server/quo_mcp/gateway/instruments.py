"""Counters, durations and spans through the OpenTelemetry API.

This server has no exporter. A program that embeds it, or `opentelemetry-instrument`, sets a provider; without one,
nothing is imported and nothing is recorded. An attribute is one of a few known words, never an argument or a text.
"""

import sys
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from opentelemetry.metrics import Counter, Histogram
    from opentelemetry.trace import Span

SCOPE = "quo-mcp"
_METRICS = "opentelemetry.metrics"
_TRACES = "opentelemetry.trace"

CounterName = Literal["quo_mcp.approvals", "quo_mcp.requests", "quo_mcp.retries", "quo_mcp.sends"]
DurationName = Literal["quo_mcp.rate_limit.wait"]
Attribute = str | int

DESCRIPTIONS: dict[CounterName | DurationName, str] = {
    "quo_mcp.approvals": "Answers to the question whether an action is approved, by answer.",
    "quo_mcp.requests": "Attempts of requests to the gateway or to Quo, by method, route and status.",
    "quo_mcp.retries": "Attempts that were repeated, by method, route and reason.",
    "quo_mcp.sends": "Calls that send a text, by outcome.",
    "quo_mcp.rate_limit.wait": "Seconds that a request waited for the rate limit.",
}

# The words of the paths of Quo's and Maton's APIs. Any other segment is an id.
ROUTE_WORDS = frozenset(
    {
        "assign", "call-recordings", "call-summaries", "call-transcripts", "call-voicemails", "calls", "change-due-date",
        "complete", "connections", "contact-custom-fields", "contacts", "conversations", "link-conversation",
        "mark-as-done", "mark-as-open", "mark-as-read", "messages", "phone-numbers", "remove-due-date", "reopen", "tasks",
        "unassign", "unlink-conversation", "users", "webhooks",
    }
)  # fmt: skip


def route_of(path: str) -> str:
    """Return a path with {id} in place of every segment that is not a word of the API.

    >>> route_of("/contacts/jane/tasks")
    '/contacts/{id}/tasks'
    """
    segments = path.removeprefix("/").split("/")
    return "".join(f"/{segment if segment in ROUTE_WORDS else '{id}'}" for segment in segments)


def count_event(name: CounterName, **attributes: Attribute) -> None:
    """Add one to a counter, if a program collects counters."""
    if _is_collecting():
        _counter(name).add(1, attributes)


def record_seconds(name: DurationName, seconds: float, **attributes: Attribute) -> None:
    """Record a duration, if a program collects them."""
    if _is_collecting():
        _histogram(name).record(seconds, attributes)


def open_span(name: str, **attributes: Attribute) -> "AbstractContextManager[Span | None]":
    """Open a span around a step. It is None if no program collects spans.

    An exception is not recorded: its message may have words and numbers of people.
    """
    trace = sys.modules.get(_TRACES)
    if trace is None or isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return nullcontext()
    span: AbstractContextManager[Span | None] = trace.get_tracer(SCOPE).start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    )
    return span


def _is_collecting() -> bool:
    """Return whether a provider of meters can be set: to set one, a program imports this part of the API."""
    return _METRICS in sys.modules


@cache
def _counter(name: CounterName) -> "Counter":
    from opentelemetry.metrics import get_meter  # noqa: PLC0415 - only if a program collects

    return get_meter(SCOPE).create_counter(name, description=DESCRIPTIONS[name])


@cache
def _histogram(name: DurationName) -> "Histogram":
    from opentelemetry.metrics import get_meter  # noqa: PLC0415 - only if a program collects

    return get_meter(SCOPE).create_histogram(name, unit="s", description=DESCRIPTIONS[name])
