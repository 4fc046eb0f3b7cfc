"""What to change about a rejected request, in the names of our arguments."""

import pytest

from conftest import open_server
from quo_mcp.gateway.error_body import ErrorBody
from quo_mcp.gateway.rejection_hint import argument_for, hint_for
from quo_mcp.tools.catalogue import TOOLSETS
from quo_mcp.tools.quo_parameter_names import ARGUMENT_NAMES
from sandbox.play import DESK, JANE

TOKEN = "Use page_token only with the same other arguments as in the call that returned it, or omit it to start from the beginning"


def test_every_name_is_one_that_some_tool_takes():
    argument_names = {
        name for tools in TOOLSETS.values() for tool in tools for name in tool.model_fields
    }
    assert set(ARGUMENT_NAMES.values()) <= argument_names


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("maxResults", "limit"),
        ("/participants/0", "person"),
        ("to.0", "to"),
        ("/phoneNumbers/1", "inboxes"),
        ("/defaultFields/phoneNumbers/0/value", "phone_numbers"),
        ("/defaultFields/firstName", "first_name"),
        ("/customFields/2/value", "custom_fields"),
        ("/createdAfter", "since"),
        ("/schema/oddity", None),
        ("/toto", None),
        ("0", None),
        ("", None),
    ],
)
def test_a_path_leads_to_the_argument_that_fills_it(path, name):
    assert argument_for(path, ARGUMENT_NAMES) == name


@pytest.mark.parametrize(
    ("field_errors", "hint"),
    [
        ((("/maxResults", "too large"),), 'Correct limit ("too large"), then call again'),
        ((("/maxResults", ""),), "Correct limit, then call again"),
        (
            (("/userId", "no"), ("/oddity", "bad"), ("", "worse")),
            'Correct as_user ("no"); "/oddity: bad"; "worse", then call again',
        ),
        (
            (("/to", "x" * 60), ("/from", "y" * 60), ("/content", "z" * 60)),
            f'Correct to ("{"x" * 60}"); inbox ("{"y" * 60}"), then call again',
        ),
        ((), "Correct the arguments, then call again"),
        ((("/pageToken", "Invalid"),), TOKEN),
    ],
)
def test_what_is_to_be_changed_is_named_as_the_caller_knows_it(field_errors, hint):
    error_body = ErrorBody("quo", "Bad Request", field_errors=field_errors)
    assert hint_for(error_body, ARGUMENT_NAMES) == hint


@pytest.mark.parametrize("message", ["Invalid page token", "pageToken: nope"])
def test_a_page_token_is_known_by_words_alone(message):
    assert hint_for(ErrorBody("quo", message), {}) == TOKEN


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("quo_list_messages", {"person": JANE, "inbox": DESK}),
        ("quo_list_calls", {"person": JANE, "inbox": DESK}),
        ("quo_list_conversations", {}),
        ("quo_list_contacts", {}),
        ("quo_list_tasks", {}),
    ],
)
async def test_a_page_token_that_does_not_fit_is_refused_with_what_does(tool, arguments):
    async with open_server() as phone:
        assert f"{TOKEN}." in await phone.refused(tool, page_token="bnVsbA", **arguments)
