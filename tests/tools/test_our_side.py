"""Our side cannot be imitated: a contact with the name of a teammate, an inbox or "you" is told from it everywhere."""

import re

import pytest

from sandbox.play import DESK, JANE
from tools.test_transcripts import add_transcript

pytestmark = pytest.mark.anyio

OURS = ["Marisol Vega", "TOM OKAFOR", "Priya  Raman", "Front Desk", "emergency line"]
WORDS = ["us", "You", "me", "Sona", "Our side", "unknown speaker"]


def rename(quo, name):
    """Give Jane's contact a name, with the last word as the last name."""
    jane = next(
        each
        for each in quo.box.state.contacts.values()
        if each["defaultFields"]["firstName"] == "Jane"
    )
    first, _, last = name.rpartition(" ")
    jane["defaultFields"] |= {"firstName": first or last, "lastName": last if first else None}
    jane["defaultFields"]["company"] = None


def printed(name):
    return " ".join(name.split())


@pytest.mark.parametrize("name", [*OURS, *WORDS])
async def test_a_contact_with_a_name_of_ours_is_quoted_in_lists_and_the_digest(phone, name):
    async with phone(config={"toolsets": "all"}) as quo:
        rename(quo, name)
        texts = [
            await quo("quo_list_conversations", limit=100),
            await quo("quo_list_messages", since="30d", limit=100),
            await quo("quo_list_calls", since="30d", limit=100),
            await quo("quo_get_digest", since="30d", limit=100),
            await quo("quo_get_person", person=JANE),
            await quo("quo_list_messages", person=JANE),
        ]
        for text in texts:
            own = "\n".join(line for line in text.split("\n") if not line.startswith("> "))
            assert f'"{printed(name)}"' in own
            assert not re.search(rf'(?<!"){re.escape(printed(name))} \(\+1 415 555 0111\)', own)


@pytest.mark.parametrize("name", OURS)
async def test_speakers_of_the_same_name_are_told_apart(phone, name):
    async with phone(config={"toolsets": "all"}) as quo:
        rename(quo, name)
        user = next(iter(quo.box.state.users))
        call_id = add_transcript(
            quo.box, (None, user, "Hello from our side"), (JANE, None, "Hello from the caller")
        )
        text = await quo("quo_get_call_transcript", call_id=call_id)
        speakers = re.findall(r"^\[[0-9:]+\] (.+):$", text, re.MULTILINE)
        assert speakers == ["Marisol Vega", f'"{printed(name)}" (+1 415 555 0111)']


async def test_the_question_before_a_send_shows_whose_name_it_is(phone):
    async with phone() as quo:
        rename(quo, "Front Desk")
        preview = await quo("quo_send_message", to=JANE, text="Hello", inbox=DESK, dry_run=True)
        assert '\nTo: "Front Desk" (+1 415 555 0111)\n' in preview
        assert "\nFrom: Front Desk (+1 415 555 0100)\n" in preview


async def test_a_contact_with_another_name_stays_as_it_is(phone):
    async with phone() as quo:
        rename(quo, "Marisol Vegas")
        assert "Marisol Vegas (+1 415 555 0111)" in await quo("quo_get_person", person=JANE)


async def test_a_quoted_name_with_its_number_is_an_argument(phone):
    async with phone() as quo:
        rename(quo, "Marisol Vega")
        printed_form = '"Marisol Vega" (+1 415 555 0111)'
        assert "+1 415 555 0111" in await quo("quo_list_messages", person=printed_form)
