"""Validation of requests, and the default clock."""

from datetime import UTC, datetime, timedelta

import pytest

from quo_mcp.sandbox import Sandbox
from quo_mcp.sandbox.request_validation import parse_time
from sandbox.play import DESK, JANE, client

pytestmark = pytest.mark.anyio


def test_without_a_clock_the_world_is_around_the_real_now():
    latest = max(call["createdAt"] for call in Sandbox().state.calls.values())
    assert abs(datetime.now(UTC) - datetime.fromisoformat(latest)) < timedelta(minutes=5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-04T18:30:00Z", "2026-03-04T18:30:00+00:00"),
        ("2026-03-04t18:30:00z", "2026-03-04T18:30:00+00:00"),
        ("2026-03-04T18:30:00.250+02:00", "2026-03-04T16:30:00.250000+00:00"),
        ("2026-03-04T18:30:00", None),
        ("2026-03-04", None),
        ("2026-02-30T18:30:00Z", None),
        ("2026-03-04T18:30:00Z\n", None),
        ("٢٠٢٦-03-04T18:30:00Z", None),
        (5, None),
    ],
)
def test_a_time_is_one_by_rfc_3339(text, expected):
    time = parse_time(text)
    assert (time.isoformat() if time else None) == expected


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (f"messages?phoneNumberId={DESK}&maxResults=5", "/participants"),
        (
            f"messages?phoneNumberId={DESK}&maxResults=5" + "&participants=%2B1415" * 11,
            "/participants",
        ),
        ("calls?participants=x&maxResults=5", "/phoneNumberId"),
        (f"calls?phoneNumberId={DESK}&participants=&maxResults=5", "/participants/0"),
        (f"contacts?maxResults=5&externalIds={'x' * 76}", "/externalIds/0"),
        ("conversations?maxResults=5&createdAfter=monday", "/createdAfter"),
        ("conversations?maxResults=5&phoneNumbers=desk", "/phoneNumbers/0"),
        ("tasks?maxResults=101", "/maxResults"),
        ("tasks?maxResults=1e2", "/maxResults"),
    ],
)
async def test_each_complaint_names_its_place(http, target, path):
    reply = await http.get(f"/quo/v1/{target}")
    assert reply.status_code == 400
    assert [error["path"] for error in reply.json()["errors"]] == [path]


async def test_all_complaints_come_at_once(http):
    reply = await http.get("/quo/v1/calls?userId=Tom")
    paths = {error["path"] for error in reply.json()["errors"]}
    assert paths == {"/phoneNumberId", "/participants", "/userId", "/maxResults"}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_an_unknown_method_is_not_found(clock, method):
    async with client(Sandbox(now=clock)) as http:
        assert (await http.request(method, "/quo/v1/messages")).status_code == 404


@pytest.mark.parametrize(
    ("path", "most"),
    [
        (f"messages?phoneNumberId={DESK}&participants={JANE.replace('+', '%2B')}", 100),
        (f"calls?phoneNumberId={DESK}&participants={JANE.replace('+', '%2B')}", 100),
        ("conversations?", 100),
        ("tasks?", 100),
        ("contacts?", 50),
        ("users?", 50),
    ],
)
async def test_a_page_holds_from_one_to_the_most_that_quo_gives(path, most, http):
    async def get(size):
        return await http.get(f"/quo/v1/{path}&maxResults={size}")

    assert len((await get(1)).json()["data"]) == 1
    assert (await get(most)).status_code == 200
    for size in (0, most + 1):
        assert (await get(size)).status_code == 400
