"""Search for numbers in digits and in words."""

import pytest

from quo_mcp.tools.transcript_search import SearchPhrase


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("5C", "Five C. Please knock after three."),
        ("5C", "flat five-C"),
        ("five C", "and 5C, too"),
        ("three pm", "at 3 p.m. sharp"),
        ("3pm", "Three p. m. is fine"),
        ("3 PM", "after three pm"),
        ("3:30", "at three thirty"),
        ("$300", "three hundred dollars"),
        ("$300", "Three hundred, and not a cent more."),
        ("300 dollars", "it is $300"),
        ("three hundred dollars", "$ 300 it is"),
        ("$2,500", "two thousand five hundred"),
        ("2500", "twenty-five hundred"),
        ("two thousand five hundred", "2,500"),
        ("two thousand", "two thousand five hundred"),  # as it stands there
        ("1,205", "one thousand two hundred and five"),
        ("200,000", "two hundred thousand"),
        ("100", "a hundred"),
        ("1000", "a thousand"),
        ("24", "all twenty four flats"),
        ("24 flat", "all twenty-four flats"),
        ("eight percent", "8%"),
        ("0", "zero"),
        ("200", "two hundred and three hundred"),
        ("300", "two hundred and three hundred"),
        ("£20", "twenty pounds"),
    ],
)
def test_a_number_is_found_in_figures_and_in_words(phrase, text):
    assert SearchPhrase(phrase).has_number
    assert SearchPhrase(phrase).matches(text)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("5C", "fifteen C"),
        ("5C", "twenty-five C"),
        ("5C", "five cats"),
        ("5", "twenty five"),
        ("20", "twenty five"),
        ("3 pm", "thirteen pm"),
        ("300", "three hundred and five"),
        ("300", "thirteen hundred"),
        ("203", "two hundred and three hundred"),
        ("2,000", "two thousand five hundred"),
        ("3:30", "three dollars thirty"),
        ("300 dollars", "three hundred feet"),
        ("four", "for you"),
        ("5 valves", "five of the valves"),
    ],
)
def test_another_number_is_not(phrase, text):
    assert not SearchPhrase(phrase).matches(text)


@pytest.mark.parametrize("phrase", ["valve", "someone", "often", "!", ""])
def test_what_has_no_number_is_looked_for_as_it_stands(phrase):
    assert not SearchPhrase(phrase).has_number
    assert SearchPhrase(phrase).matches(f"the {phrase}s")


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("valve", "The valve, again"),
        ("valve", "two valves"),
        ("art", "the art's price"),
        ("crash", "two crashes"),
        ("5C", "flat five-C"),
        ("flow rate", "its Flow  Rate is low"),
        ("café", "The CAFE."),
    ],
)
def test_a_whole_word_may_be_a_plural(phrase, text):
    assert SearchPhrase(phrase).matches_whole_words(text)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [("art", "start"), ("art", "article"), ("quote", "unquoted"), ("plan", "plane")],
)
def test_a_part_of_a_word_matches_but_not_as_a_whole_word(phrase, text):
    assert SearchPhrase(phrase).matches(text)
    assert not SearchPhrase(phrase).matches_whole_words(text)
