"""The passages of a transcript with one of several phrases."""

import pytest

from sandbox.play import JANE
from tools.test_transcripts import add_transcript

pytestmark = pytest.mark.anyio


def add_turns(box, *texts):
    """Add a call on which Jane and an unknown speaker take turns; return its id."""
    return add_transcript(
        box, *((JANE if i % 2 else None, None, text) for i, text in enumerate(texts))
    )


async def test_several_phrases_are_searched_at_once_and_each_is_counted(phone, snapshot):
    async with phone() as quo:
        call = add_turns(
            quo.box,
            "Hello, this is Tom.",
            "The price was on the quote.",
            "I see.",
            "Let us start.",
            "All right.",
            "An estimate is free.",
            "Thanks.",
            "Bye.",
        )
        result = await quo(
            "quo_get_call_transcript", call_id=call, find=["quote", "estimate", "elephant", "quote"]
        )
        snapshot("results/transcript_find_several.txt", result)


async def test_whole_words_come_first_and_longer_words_are_counted(phone):
    async with phone() as quo:
        call = add_turns(quo.box, "Start the art.", "I see.", "Start it.", "An article.")
        result = await quo("quo_get_call_transcript", call_id=call, find="art")
        assert (
            '"art" found in 1 turn of the transcript (2 more turns have it within longer words only):'
            in result
        )
        assert result.count(", match]") == 1
        result = await quo("quo_get_call_transcript", call_id=call, find=["artic"])
        assert '"artic" found only within longer words, in 1 turn of the transcript:' in result


async def test_phrases_that_are_not_there_say_so_each(phone):
    async with phone() as quo:
        call = add_turns(quo.box, "Hello.")
        result = await quo("quo_get_call_transcript", call_id=call, find=["zebra", "yak"])
        assert (
            '"zebra" not found in the transcript.\n"yak" not found in the transcript. Try '
            in result
        )
        await quo.refused(
            "quo_get_call_transcript",
            "11 items given; the maximum is 10",
            call_id=call,
            find=list("abcdefghijk"),
        )
