"""A page token says by itself which list it continues."""

import re

import pytest

from quo_mcp.tools.page_tokens import MAX_VALUE_LENGTH
from sandbox.play import JANE

GRACE = "+14155550133"

pytestmark = pytest.mark.anyio

LISTS = [
    ("quo_list_messages", {"person": "Jane Whitaker", "since": "60d", "limit": 2}),
    ("quo_list_messages", {"person": "Grace Liu", "limit": 1}),
    ("quo_list_messages", {"limit": 3}),
    ("quo_list_messages", {"sent_by": "Marisol Vega", "since": "30d", "limit": 2}),
    ("quo_list_calls", {"person": GRACE, "limit": 1}),
    ("quo_list_calls", {"missed": True, "since": "30d", "inbox": "Front Desk", "limit": 2}),
    ("quo_list_calls", {"direction": "incoming", "since": "30d", "until": "1h", "limit": 2}),
    ("quo_list_voicemails", {"since": "30d", "limit": 1}),
    ("quo_list_conversations", {"inboxes": ["Front Desk", "Marisol direct"], "limit": 3}),
    ("quo_list_conversations", {"state": "done", "person": "Bluebird", "limit": 1}),
    ("quo_list_conversations", {"updated_since": "30d", "created_until": "1h", "limit": 3}),
    ("quo_list_contacts", {"limit": 7}),
    ("quo_list_users", {"limit": 2}),
    ("quo_list_tasks", {"state": "all", "limit": 2}),
    ("quo_get_digest", {"since": "14d", "limit": 2}),
]


def ids_of(text):
    return re.findall(r" · (\S+)$", text, re.MULTILINE)


def token_of(text):
    match = re.search(r'page_token="(\S+)"', text)
    return match[1] if match else None


@pytest.mark.parametrize(("tool", "arguments"), LISTS)
async def test_a_token_given_alone_continues_its_list(tool, arguments, phone):
    async with phone(config={"toolsets": "all"}) as quo:
        text = await quo(tool, **arguments)
        for _ in range(3):
            token = token_of(text)
            if token is None:
                break
            quo.clock.wait(90)
            repeated = await quo(tool, **arguments, page_token=token)
            alone = await quo(tool, page_token=token)
            assert alone == repeated
            text = alone
        else:
            return
        assert "End of" in text or "No " in text


@pytest.mark.parametrize(
    ("tool", "first", "other", "refusal"),
    [
        (
            "quo_list_messages",
            {"person": "Jane Whitaker", "limit": 2},
            {"person": "Grace Liu"},
            "page_token belongs to a list with person Jane Whitaker (+1 415 555 0111), but this call has person Grace Liu (+1 415 555 0145). To continue that list, omit person; to start a new list, omit page_token.",
        ),
        (
            "quo_list_messages",
            {"limit": 2},
            {"person": "Jane Whitaker", "inbox": "Front Desk"},
            "page_token belongs to a list without inbox and person, but this call has inbox Front Desk (+1 415 555 0100), person Jane Whitaker (+1 415 555 0111). To continue that list, omit inbox and person",
        ),
        (
            "quo_list_calls",
            {"since": "30d", "limit": 2},
            {"since": "60d", "missed": True},
            "page_token belongs to a list with since Mon 2026-02-02 10:30 (America/Los_Angeles), but this call has since Sat 2026-01-03 10:30",
        ),
        (
            "quo_list_calls",
            {"since": "30d", "limit": 2},
            {"missed": True},
            "page_token belongs to a list without missed, but this call has missed true.",
        ),
        (
            "quo_list_tasks",
            {"state": "all", "limit": 1},
            {"state": "done"},
            'page_token belongs to a list with state "all", but this call has state "done".',
        ),
        (
            "quo_list_conversations",
            {"assignee": "Tom", "limit": 1},
            {"assignee": "Marisol Vega", "inboxes": ["Front Desk"]},
            "page_token belongs to a list with assignee Tom Okafor, but this call has assignee Marisol Vega, inboxes Front Desk",
        ),
    ],
)
async def test_a_token_with_other_arguments_names_them(phone, tool, first, other, refusal):
    async with phone() as quo:
        token = token_of(await quo(tool, **first))
        assert (await quo.refused(tool, **other, page_token=token)).startswith(refusal)
        assert await quo(tool, page_token=token)


async def test_a_token_of_another_tool_names_that_tool(phone):
    async with phone() as quo:
        token = token_of(await quo("quo_list_messages", person=JANE, limit=2))
        assert await quo.refused("quo_list_calls", person=JANE, page_token=token) == (
            "page_token belongs to a result of quo_list_messages, not of quo_list_calls. Call quo_list_messages with it, or omit "
            "page_token to start a new list."
        )


@pytest.mark.parametrize(
    "damage",
    [
        lambda token: token.replace("0111", "0112"),
        lambda token: token[:-1],
        lambda token: token.partition("~sum=")[0],
        lambda token: token.replace("~person", "~inbox=PN1~person"),
    ],
)
async def test_a_token_that_was_changed_is_refused(phone, damage):
    async with phone() as quo:
        token = token_of(await quo("quo_list_messages", person=JANE, limit=2))
        refusal = await quo.refused("quo_list_messages", page_token=damage(token))
        assert refusal.startswith("Invalid page_token: it was not copied exactly.")


@pytest.mark.parametrize(
    "dress",
    [
        'More: call again with page_token="{}"',
        "page_token={}",
        '"{}"',
        "`{}`",
        "**{}**",
        "- {}",
        "[{}]",
        " {}\n",
        '{{"page_token": "{}"}}',
    ],
)
async def test_a_token_is_read_from_its_wrapping(phone, dress):
    async with phone() as quo:
        token = token_of(await quo("quo_list_messages", person=JANE, limit=2))
        plain = await quo("quo_list_messages", page_token=token)
        assert await quo("quo_list_messages", page_token=dress.format(token)) == plain
        half = len(token) // 2
        wrapped = dress.format(f"{token[:half]}\n{token[half:]}")
        assert await quo("quo_list_messages", page_token=wrapped) == plain


async def test_defaults_that_a_client_adds_change_nothing(phone):
    async with phone() as quo:
        first = await quo("quo_list_calls", missed=True, since="30d", limit=2)
        token = token_of(first)
        plain = await quo("quo_list_calls", page_token=token, limit=2)
        added = {"person": None, "inbox": "", "missed": False, "user_id": None, "direction": None}
        assert await quo("quo_list_calls", page_token=token, limit=2, **added) == plain
        assert plain.startswith("Missed calls")


async def test_arguments_too_long_for_a_token_are_repeated_and_compared(phone):
    async with phone() as quo:
        sources = ["hubspot", "jobber", *(f"source-{number}" for number in range(30))]
        text = await quo("quo_list_contacts", sources=sources, limit=1)
        token = token_of(text)
        assert token is not None
        assert len(token) < 300 + MAX_VALUE_LENGTH
        assert await quo("quo_list_contacts", sources=sources, limit=1, page_token=token)
        for other in ({}, {"sources": sources[1:]}):
            refusal = await quo.refused("quo_list_contacts", **other, page_token=token)
            assert refusal.startswith(
                "page_token belongs to a list with different values of sources"
            )


async def test_a_token_of_an_earlier_version_takes_the_arguments_of_the_call(phone):
    async with phone() as quo:
        token = token_of(await quo("quo_list_messages", person=JANE, since="60d", limit=2))
        moment = re.search("~since=([^~]+)", token)[1]
        old_form = f"{token.partition('~tool=')[0]}~since={moment}"
        plain = await quo("quo_list_messages", page_token=token)
        repeated = await quo(
            "quo_list_messages", person=JANE, limit=2, inbox="Front Desk", page_token=old_form
        )
        assert ids_of(repeated) == ids_of(plain)
