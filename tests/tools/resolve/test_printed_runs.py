"""What a result prints, given back to a tool that reads and really called: the result is that of the plain form.

A seeded part by default; QUO_MCP_FULL_SWEEP=1 calls all of it.
"""

import os
import random
import re
from collections import Counter

import pytest

from quo_mcp.server.app import SANDBOX_NOTICE
from quo_mcp.tools.base import Effect
from tools.resolve.printed_things import DRESSES, TOOLS, plain_form, printed_things, results

pytestmark = pytest.mark.anyio

SAMPLE = 40
FULL = bool(os.environ.get("QUO_MCP_FULL_SWEEP"))
OPEN = {"toolsets": "all", "approval": "never"}


async def call(quo, tool, arguments):
    """Return the items and quotations of a result, without notes; None if it is refused."""
    result = await quo.client.call_tool(tool, arguments)
    text = result.content[0].text.removeprefix(SANDBOX_NOTICE)
    if result.is_error:
        return None, text
    item_lines = re.findall(r"^(?:> .*|.* \u00b7 \S+)$", text, re.MULTILINE)
    return [line for line in item_lines if "page_token" not in line], text


def conversation_of(thing):
    """Return the id of the conversation that the whole line of a person or group is about; None if it has none."""
    ids = re.findall(r"\bCN[0-9a-f]+", thing.dressed("whole line"))
    return ids[0] if len(ids) == 1 else None


@pytest.mark.maton  # connections are among the printed things
async def test_a_read_with_a_printed_thing_returns_what_the_plain_form_does(phone):
    async with phone(config=OPEN) as quo:
        things = printed_things(await results(quo), quo)
        cases = [
            (thing, argument, dress)
            for thing in things
            for argument in thing.arguments
            for dress in DRESSES
            if TOOLS[argument[0]].effect is Effect.READ
            and (dress != "whole line" or thing.is_alone)
        ]
        if not FULL:
            cases = random.Random(20).sample(cases, SAMPLE)
        outcomes, problems = Counter(), []
        for thing, (tool, field, others), dress in cases:
            plain_value = plain_form(thing)
            is_person = field in {"person", "conversation"}
            if dress == "whole line" and is_person and (conversation := conversation_of(thing)):
                plain_value = conversation  # the line is about one conversation of the person
            plain, _ = await call(quo, tool, others | {field: plain_value})
            items, text = await call(quo, tool, others | {field: thing.dressed(dress)})
            outcome = (
                "the same" if items == plain else "refused" if items is None else "another result"
            )
            outcomes[outcome] += 1
            if outcome != "the same":
                problems.append(f"{outcome}: {tool} {field}={thing.dressed(dress)!r}: {text[:300]}")
        report = f"{dict(outcomes)} of {len(cases)}\n" + "\n".join(problems[:40])
        if FULL:
            print(report)  # noqa: T201 - the figures
        assert outcomes["another result"] == 0, report
        assert outcomes["the same"] >= 0.99 * len(cases), report


@pytest.mark.parametrize("dress", [name for name in DRESSES if name != "whole line"])
async def test_positions_and_words_of_a_transcript_are_found_again(phone, dress):
    async with phone(config=OPEN) as quo:
        call_id = next(iter(quo.box.state.transcripts))
        text = await quo("quo_get_call_transcript", call_id=call_id)
        positions = re.findall(r"^(\[[0-9:]+\]) ", text, re.MULTILINE)
        phrases = [line[2:190] for line in text.splitlines() if line.startswith("> ")]
        for position in random.Random(1).sample(positions, 5):
            plain = await quo("quo_get_call_transcript", call_id=call_id, start=position[1:-1])
            given_back = DRESSES[dress](position, "")
            read = await quo("quo_get_call_transcript", call_id=call_id, start=given_back)
            assert read == plain
        for phrase in random.Random(2).sample(phrases, 5):
            dressed = [DRESSES[dress](phrase, "")]
            read = await quo("quo_get_call_transcript", call_id=call_id, find=dressed)
            assert phrase in read


async def test_printed_custom_fields_can_be_set_and_cleared(phone):
    async with phone(config=OPEN) as quo:
        lines = (await quo("quo_list_contact_custom_fields")).splitlines()[1:-1]
        for line in lines:
            name, kind, key = line.split(" \u00b7 ")
            value = {
                "date": "2026-01-02",
                "number": "5",
                "boolean": "yes",
                "url": "https://files.example.com/x",
            }.get(kind, "words")
            for field in (name, key, f'"{name}"', f"**{name}**", f"- {line}", f"[{name}]", line):
                entry = [{"field": field, "value": value}]
                arguments = {"contact_id": "Rosa Delgado"}
                read = await quo("quo_update_contact", **arguments, custom_fields=entry)
                assert name in read
                cleared = await quo("quo_update_contact", **arguments, clear=[field])
                assert f"  {name}:" not in cleared.partition("Contact")[2]
