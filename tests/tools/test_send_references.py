"""Whatever form of a person a send gets, its recipient is the plain form's, or nothing is sent.

By default 60 seeded sends; QUO_MCP_FULL_SWEEP=1 tries 2,000.
"""

import os
import random
import re

import pytest

from quo_mcp.server.result_text import SANDBOX_NOTICE
from quo_mcp.values.phone_numbers import format_international
from tools.resolve.printed_things import full_label

pytestmark = pytest.mark.anyio

COUNT = 2_000 if os.environ.get("QUO_MCP_FULL_SWEEP") else 60
DRESSES = [
    "{}",
    " {}\n",
    '"{}"',
    "\u201c{}\u201d",
    "'{}'",
    "`{}`",
    "**{}**",
    "_{}_",
    "- {}",
    "* {}",
    "1. {}",
    "> {}",
    "[{}]",
    "({})",
    "<{}>",
    "{}.",
    "{},",
    "to: {}",
    "contact {}",
    "person={}",
    "With {}:",
    "the {}",
]


def people(box):
    """Return each contact with each of its numbers, and whether it has no other."""
    pairs = []
    for contact in box.state.contacts.values():
        numbers = [phone["value"] for phone in contact["defaultFields"]["phoneNumbers"]]
        pairs += [(contact, number, len(set(numbers)) == 1) for number in numbers]
    return [pair for pair in pairs if re.fullmatch(r"\+1[2-9][0-9]{9}", pair[1])]


def forms(contact, number, *, is_only):
    """Return the ways in which results, links and models write a person."""
    label, printed = full_label(contact), format_international(number)
    name = label.partition(",")[0]
    texts = [
        number,
        printed,
        number.removeprefix("+1"),
        f"{printed[3:].replace(' ', '-')}",
        f"tel:{number}",
        f"{label} ({printed})",
        f"{label} {printed}",
        f"[{label}](tel:{number})",
        f"{name} <{number}>",
        f"{label} ({printed}) \u00b7 mobile \u00b7 contact {contact['id']}",
        f"{label} ({printed}) \u00b7 {contact['id']}",
        f"Mon 2026-03-02 18:41 \u00b7 incoming from {label} ({printed}) \u00b7 on Front Desk \u00b7 missed \u00b7 AC{'0' * 32}",
    ]
    return texts + ([name, label, f"contact {contact['id']}"] if is_only else [])


async def sent_to(quo, reference, number):
    """Send one text to a person, and return the recipients that the gateway saw."""
    before = len(quo.box.ledger)
    quo.clock.wait(7200)
    text = f"Visit {before}, code {random.Random(reference).randrange(10**9)}."
    arguments = {"to": reference, "text": text, "inbox": "Front Desk"}
    result = await quo.client.call_tool("quo_send_message", arguments)
    assert result.content[0].text.startswith(SANDBOX_NOTICE)
    entries = quo.box.ledger[before:]
    assert result.is_error or len(entries) == 1, (reference, number, result.content[0].text)
    return [recipient for entry in entries for recipient in entry["to"]]


async def test_the_recipient_is_the_plain_forms_or_nothing_is_sent(phone):
    chance = random.Random(19)
    async with phone(config={"approval": "never"}) as quo:
        everyone, sent_count = people(quo.box), 0
        for _ in range(COUNT):
            contact, number, is_only = chance.choice(everyone)
            reference = chance.choice(forms(contact, number, is_only=is_only))
            for _ in range(chance.randrange(3)):
                reference = chance.choice(DRESSES).format(reference)
            recipients = await sent_to(quo, reference, number)
            assert recipients in ([], [number]), (reference, number, recipients)
            sent_count += bool(recipients)
        assert sent_count > COUNT // 2  # so that the property is not empty
        print(f"{sent_count} of {COUNT} sent")  # noqa: T201 - the figures


async def test_parts_of_two_people_send_nothing(phone):
    chance = random.Random(20)
    async with phone(config={"approval": "never"}) as quo:
        everyone = people(quo.box)
        for _ in range(COUNT // 4):
            (one, number, _), (other, other_number, _) = chance.sample(everyone, 2)
            label = full_label(one)
            if number == other_number or label.casefold() == full_label(other).casefold():
                continue
            printed, other_printed = map(format_international, (number, other_number))
            reference = chance.choice(
                [
                    f"{label} ({other_printed})",
                    f"[{label}](tel:{other_number})",
                    f"{label} ({printed}) \u00b7 mobile \u00b7 contact {other['id']}",
                    f"{label} \u00b7 {other['id']}",
                    f"{label} ({printed}), {full_label(other)} ({other_printed})",
                    f"{printed} or {other_printed}",
                ]
            )
            reference = chance.choice(DRESSES).format(reference)
            recipients = await sent_to(quo, reference, number)
            assert recipients == [], (reference, recipients)


@pytest.mark.parametrize("dress", ["{}", "_{}_", "__{}__", "*_{}_*", "**{}**", "- _{}_"])
async def test_the_id_of_another_contact_sends_nothing_in_any_emphasis(phone, dress):
    async with phone(config={"approval": "never"}) as quo:
        (one, number, _), (other, _, _) = people(quo.box)[:2]
        line = (
            f"{full_label(one)} ({format_international(number)}) \u00b7 mobile \u00b7 contact {{}}"
        )
        own = dress.format(line.format(one["id"]))
        assert await sent_to(quo, own, number) in ([], [number])
        assert await sent_to(quo, dress.format(line.format(other["id"])), number) == []
