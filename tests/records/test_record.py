"""What Quo returns, read tolerantly: one odd field or item is left out and named, and the rest is read."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from quo_mcp.records.calls import Call, CallSummary
from quo_mcp.records.contacts import Contact
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.messages import Message
from quo_mcp.records.record import UNREADABLE, Page
from quo_mcp.records.tasks import Task
from quo_mcp.records.workspace import PhoneNumber
from sandbox.play import DESK, JANE

ODD = [7, True, "odd", [], [1], {}, {"a": True}, {"a": {"b": [1]}}, ["x", None]]


@pytest.mark.parametrize("odd", ODD, ids=str)
@pytest.mark.parametrize(
    "field", ["symbol", "forward", "restrictions", "portingStatus", "unheardOf"]
)
@pytest.mark.anyio
async def test_an_odd_field_of_an_inbox_prevents_no_send(phone, field, odd):
    async with phone() as quo:
        quo.box.state.numbers[DESK][field] = odd
        assert "Front Desk" in await quo("quo_list_phone_numbers")
        assert "Sent to Jane" in await quo(
            "quo_send_message", to=JANE, text="Hi", inbox="front desk"
        )


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_users_of_an_inbox_that_cannot_be_read_are_left_out(odd):
    number = {"id": "PN1", "number": "+14155550100", "users": odd}
    assert PhoneNumber.model_validate(number).users == ()


def test_a_user_without_an_id_is_left_out_and_the_others_are_read():
    users = [{"email": "x"}, {"id": "US1", "firstName": 7, "role": "owner"}, 7, {"id": None}]
    number = PhoneNumber.model_validate({"id": "PN1", "number": "+14155550100", "users": users})
    [ana] = number.users
    assert (ana.id, ana.first_name, ana.role) == ("US1", None, "owner")
    assert number.unreadable == ("users", "users.firstName")


def test_odd_fields_of_messages_conversations_and_contacts_are_named():
    text = {"id": "AC1", "from": JANE, "to": [JANE], "text": "Hi", "media": [7, {"url": 7, "type": "a/b"}]}  # fmt: skip
    message = Message.model_validate(text)
    [media] = message.media
    assert (media.url, media.type) == (None, "a/b")
    assert message.unreadable == ("media", "media.url")
    thread = {"id": "CN1", "phoneNumberId": "PN1", "name": 7, "mutedUntil": "soon"}
    assert Conversation.model_validate(thread).unreadable == ("name", "mutedUntil")
    contact = Contact.model_validate({"id": "c", "updatedAt": "lately", "source": 7})
    assert set(contact.unreadable) == {"updatedAt", "source"}


@pytest.mark.parametrize(
    ("record", "reply", "unreadable"),
    [
        (Message, {"id": "AC1", "text": 7}, ("text",)),
        (Message, {"id": "AC1", "direction": ["incoming"], "status": 5}, ("direction", "status")),
        (Task, {"taskId": "TK1", "title": {}, "completed": [1]}, ("title", "completed")),
        (Call, {"id": "AC1", "duration": 1e300}, ("duration",)),
        (Contact, {"id": "c", "defaultFields": {"phoneNumbers": [{"value": 7}]}}, ("defaultFields.phoneNumbers.value",)),
        (Contact, {"id": "c", "defaultFields": {"emails": [7]}}, ("defaultFields.emails",)),
        (Contact, {"id": "c", "customFields": "odd"}, ("customFields",)),
        (
            CallSummary,
            {"callId": "AC1", "jobs": [{"name": "x", "result": {"data": [{"name": "y", "value": {"deep": [1]}}]}}]},
            ("jobs.result.data.value",),
        ),
    ],
)  # fmt: skip
def test_an_odd_field_is_left_out_and_named(record, reply, unreadable):
    assert record.model_validate(reply).unreadable == unreadable


@pytest.mark.parametrize("odd", [[JANE, 7], [7, JANE], [{}, JANE]])
def test_an_odd_participant_stays_one_so_that_a_group_stays_a_group(odd):
    thread = {"id": "CN1", "phoneNumberId": "PN1", "participants": odd}
    conversation = Conversation.model_validate(thread)
    assert set(conversation.participants) == {JANE, UNREADABLE}
    assert conversation.unreadable == ("participants",)


@pytest.mark.parametrize("odd", [7, "odd", {}, True])
def test_participants_that_are_no_list_are_not_nobody(odd):
    thread = {"id": "CN1", "phoneNumberId": "PN1", "participants": odd}
    assert Conversation.model_validate(thread).participants == (UNREADABLE,)


@pytest.mark.parametrize("odd", [7, None, {}, {"id": 7, "number": "+1"}, {"number": "+1"}, [[]]])
def test_an_item_without_an_id_is_left_out_and_counted(odd):
    good = {"id": "PN1", "number": "+14155550100"}
    page = Page[PhoneNumber].model_validate({"data": [good, odd]})
    assert ([number.id for number in page.data], page.unreadable_count) == (["PN1"], 1)


def test_an_inbox_without_a_readable_number_goes_by_its_id():
    assert PhoneNumber.model_validate({"id": "PN1", "number": 14155550100}).number == "PN1"


@pytest.mark.parametrize(
    ("record", "odd"),
    [
        (PhoneNumber, {"id": 7, "number": "+14155550100"}),
        (PhoneNumber, {"id": "PN1"}),
        (Message, {"text": "Hi"}),
        (Page[PhoneNumber], {"data": "odd"}),
        (Page[PhoneNumber], {"data": [{}, {"id": 7}]}),  # no odd item but another structure
    ],
)
def test_a_record_without_an_id_and_a_list_of_another_structure_are_rejected(record, odd):
    with pytest.raises(ValidationError):
        record.model_validate(odd)


@pytest.mark.parametrize("token", [{}, [1], 1.5])
def test_a_page_token_that_cannot_be_read_is_not_the_end_of_the_list(token):
    page = Page[Message].model_validate({"data": [], "nextPageToken": token})
    assert (page.next_page_token, page.has_unknown_end) == (None, True)
    assert Page[Message].model_validate({"data": [], "nextPageToken": 42}).next_page_token == "42"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T14:00:00.000Z", datetime(2026, 11, 23, 14, tzinfo=UTC)),
        ("2026-11-23T14:00:00", datetime(2026, 11, 23, 14, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2016-12-31T15:59:60.500-08:00", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59-12:00", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("9999-12-31T23:59:59.999999Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("10000-01-01T00:00:00Z", None),
        ("2026-13-01T00:00:00Z", None),
        ("lately", None),
        (1764000000, None),
        (True, None),
    ],
)
def test_a_time_is_in_utc_within_the_calendar_or_it_is_named_as_unreadable(text, moment):
    message = Message.model_validate({"id": "AC1", "createdAt": text})
    assert message.created_at == moment
    assert message.unreadable == (() if moment else ("createdAt",))
