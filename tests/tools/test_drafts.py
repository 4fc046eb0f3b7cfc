"""What a text looks like before it goes out."""

import pytest

from quo_mcp.tools.drafts import unfinished


@pytest.mark.parametrize(
    ("text", "gaps"),
    [
        ("Hi [Name], all done", ["[Name]"]),
        ("[First Name], all done", ["[First Name]"]),
        ("Hi [customer name]", ["[customer name]"]),
        ("Hi [first_name]", ["[first_name]"]),
        ("Pay at\n[Insert Link]", ["[Insert Link]"]),
        ("See you at {time}", ["{time}"]),
        ("Hi {{first_name}}", ["{{first_name}}"]),
        ("Pay here: <link>", ["<link>"]),
        ("Pay here: <payment link>", ["<payment link>"]),
        ("Hi %name%", ["%name%"]),
        ("It is $____", ["____"]),
        ("TODO: the price", ["TODO"]),
        ("Come on XXX", ["XXX"]),
        ("The price is TBD", ["TBD"]),
        ("Lorem ipsum dolor", ["Lorem ipsum"]),
        ("[Name] [Name] {a} <b> TODO", ["[Name]", "{a}", "<b>"]),
    ],
)
def test_what_was_left_to_be_filled_in_is_found(text, gaps):
    assert unfinished(text) == [f"“{each}”" for each in gaps]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "See you at 9 [or a bit later]",
        "See you at 9 [see the link]",
        "[Acme] Your plumber is on the way",
        "I <3 it, and 3 < 5 > 2",
        "Write to <ana@example.com> or <https://example.com/a>",
        "love you xxx",
        "todo lists and lorem",
        "100% sure, 50% off, 3%",
        "snake_case and __init__",
        "{ } [] <>",
        "Size XXL",
        ":-} :{",
    ],
)
def test_what_people_write_is_not_taken_for_a_gap(text):
    assert unfinished(text) == []
