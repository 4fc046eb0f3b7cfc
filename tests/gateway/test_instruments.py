"""Counters and spans: what a program that collects them gets, what they never say, and that they cost nothing otherwise."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from process.served import environment
from quo_mcp.gateway.instruments import ROUTE_WORDS, route_of

CONTRACT = Path(__file__).parents[1] / "contract" / "quo-v1-contract.json"


@pytest.fixture(scope="module")
def collected():
    script = Path(__file__).with_name("collect_telemetry.py")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def totals(collected, name, *labels):
    found = {}
    for point in collected["counted"]:
        if point["name"] == name:
            key = tuple(point["attributes"][label] for label in labels)
            found[key] = found.get(key, 0) + point["value"]
    return found


def test_sends_are_counted_by_outcome(collected):
    assert totals(collected, "quo_mcp.sends", "outcome") == {("sent",): 1, ("unknown",): 1}


def test_approvals_are_counted_by_answer(collected):
    assert totals(collected, "quo_mcp.approvals", "answer") == {("accept",): 1, ("decline",): 1}


def test_requests_are_counted_by_method_route_and_status(collected):
    requests = totals(collected, "quo_mcp.requests", "method", "route", "status")
    assert requests["POST", "/messages", 202] == 1
    assert requests["POST", "/messages", 504] == 1
    assert requests["GET", "/calls", 503] == 1
    assert requests["GET", "/calls", 200] >= 1


def test_retries_and_waits_are_counted(collected):
    assert totals(collected, "quo_mcp.retries", "route", "reason") == {("/calls", 503): 1}
    (waits,) = totals(collected, "quo_mcp.rate_limit.wait").values()
    attempts = sum(totals(collected, "quo_mcp.requests").values())
    assert waits == attempts


def test_requests_and_sends_have_spans(collected):
    names = [span["name"] for span in collected["spans"]]
    attempts = sum(totals(collected, "quo_mcp.requests").values())
    assert names.count("quo_mcp.request") == attempts
    outcomes = [
        span["attributes"]["outcome"]
        for span in collected["spans"]
        if span["name"] == "quo_mcp.send"
    ]
    assert outcomes == ["sent", "unknown"]


@pytest.mark.parametrize(
    "trace", ["0111", "4155", "Whitaker", "Jane", "jane", "4711", "Lost", "gate", "AC", "PN"]
)
def test_no_attribute_has_words_names_numbers_or_ids(collected, trace):
    assert trace not in json.dumps(collected)


def test_no_span_has_an_exception_with_its_message(collected):
    assert {span["events"] for span in collected["spans"]} == {0}


def test_every_attribute_is_one_of_a_few_known_words(collected):
    known = {"sent", "unknown", "accept", "decline", "GET", "POST", "PATCH", "DELETE"}
    for record in (*collected["counted"], *collected["spans"]):
        for value in record["attributes"].values():
            is_route = isinstance(value, str) and value.startswith("/") and route_of(value) == value
            assert isinstance(value, int) or value in known or is_route, record


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/contacts/jane/tasks", "/contacts/{id}/tasks"),
        ("/calls/whitaker", "/calls/{id}"),
        ("/conversations/{id}/mark-as-done", "/conversations/{id}/mark-as-done"),
        ("/jane", "/{id}"),
    ],
)
def test_a_route_has_only_words_of_the_api(path, route):
    assert route_of(path) == route


def test_every_path_of_the_contract_is_a_route():
    words = {
        segment
        for path in json.loads(CONTRACT.read_text())["paths"]
        for segment in path.split("/")
        if segment and "{" not in segment
    }
    assert words - {"v1"} == ROUTE_WORDS - {"connections"}


def test_without_a_provider_nothing_is_imported_or_recorded(tmp_path):
    """The SDK imports the API's spans by itself, and no metrics."""
    script = (
        "import sys; from quo_mcp.cli import main; status = main(['call', 'quo_list_calls', 'person=Jane Whitaker']);"
        "print(status, sorted(name for name in sys.modules if name.startswith(('opentelemetry.metrics', 'opentelemetry.sdk'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env=environment(tmp_path),
        timeout=120,
    )
    assert done.stdout.splitlines()[-1] == "0 []", done.stderr
