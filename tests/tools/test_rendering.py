"""The text blocks that results are built from."""

import pytest

from quo_mcp.records.record import Page
from quo_mcp.tools.rendering import bare_token, bare_url, block, heading, render_page
from quo_mcp.values.untrusted import blockquote


def test_a_heading_leaves_out_what_is_not_known():
    assert heading("a", None, "", "id") == "a · id"
    assert block("head", None, "", "rest") == "head\nrest"


def test_every_line_of_somebody_elses_words_is_marked():
    assert blockquote("a\n\nb\r\nc\u2028d") == "> a\n> \n> b\n> c\n> d"


@pytest.mark.parametrize(
    ("items", "page_token", "text"),
    [
        ([1, 2], None, "Things:\n1\n2\nEnd of results."),
        ([1], "t", 'Things:\n1\nMore: call again with page_token="t"'),
        ([], None, "None."),
        (
            [],
            "t",
            'No results on this page.\nMore: call again with page_token="t"',
        ),
    ],
)
def test_a_list_says_whether_it_is_all_and_how_to_go_on(items, page_token, text):
    page = Page[int](data=items, next_page_token=page_token)
    assert render_page(page, str, title="Things:", empty_text="None.") == text


@pytest.mark.parametrize("value", ["eyJpIjogM30=", "a/b+c", "t" * 2000])
def test_a_page_token_stays_as_it_came(value):
    assert bare_token(value) == value


@pytest.mark.parametrize("value", ['a" b', "a\nb", "t" * 2001])
def test_a_page_token_cannot_break_out(value):
    assert "\n" not in bare_token(value)


@pytest.mark.parametrize(
    "value", ["https://a.example.com/x?y=1&z=%20#f", "http://a.example.com/_b_"]
)
def test_a_link_stands_bare(value):
    assert bare_url(value) == value


@pytest.mark.parametrize(
    "value", ["javascript:alert(1)", "https://a b", 'https://a"b', "https://a\n> b"]
)
def test_what_is_no_link_is_quoted(value):
    assert bare_url(value).startswith('"')
    assert "\n" not in bare_url(value)
