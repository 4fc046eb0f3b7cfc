"""What Quo returns, read tolerantly where it is only shown and strictly where it is acted on."""

import pytest
from pydantic import ValidationError

from quo_mcp.records.contacts import Contact
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.messages import Message
from quo_mcp.records.record import Page
from quo_mcp.records.workspace import PhoneNumber
from sandbox.play import DESK, JANE

ODD = [7, True, "odd", [], [1], {}, {"a": True}, {"a": {"b": [1]}}, ["x", None]]


@pytest.mark.parametrize("odd", ODD, ids=str)
@pytest.mark.parametrize(
    "field", ["symbol", "forward", "restrictions", "portingStatus", "unheardOf"]
)
@pytest.mark.anyio
async def test_an_odd_thing_about_a_number_stops_nobody_from_writing(phone, field, odd):
    async with phone() as quo:
        quo.box.state.numbers[DESK][field] = odd
        assert "Front Desk" in await quo("quo_list_phone_numbers")
        assert "Sent to Jane" in await quo(
            "quo_send_message", to=JANE, text="Hi", inbox="front desk"
        )


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_a_number_whose_users_cannot_be_read_has_none(odd):
    number = {"id": "PN1", "number": "+14155550100", "users": odd}
    assert PhoneNumber.model_validate(number).users == ()


def test_whoever_cannot_be_read_is_left_out_of_a_numbers_users():
    users = [{"email": "x"}, {"id": "US1", "firstName": 7, "role": "owner"}, 7, {"id": None}]
    number = PhoneNumber.model_validate({"id": "PN1", "number": "+14155550100", "users": users})
    [ana] = number.users
    assert (ana.id, ana.first_name, ana.role) == ("US1", None, "owner")


def test_what_is_only_shown_of_texts_threads_and_contacts_may_be_odd():
    text = {"id": "AC1", "from": JANE, "to": [JANE], "text": "Hi", "media": [7, {"url": 7, "type": "a/b"}]}  # fmt: skip
    [media] = Message.model_validate(text).media
    assert (media.url, media.type) == (None, "a/b")
    thread = {"id": "CN1", "phoneNumberId": "PN1", "name": 7, "mutedUntil": "soon"}
    assert Conversation.model_validate(thread).name is None
    assert Contact.model_validate({"id": "c", "updatedAt": "lately", "source": 7}).source is None


@pytest.mark.parametrize(
    ("record", "odd"),
    [
        (PhoneNumber, {"id": 7, "number": "+14155550100"}),
        (PhoneNumber, {"id": "PN1", "number": 14155550100}),
        (PhoneNumber, {"id": "PN1"}),
        (Page[PhoneNumber], {"data": [{"id": "PN1", "number": "+14155550100"}, {}]}),
        (Message, {"id": "AC1", "text": 7}),
        (Message, {"id": "AC1", "to": [7]}),
        (Conversation, {"id": "CN1", "phoneNumberId": "PN1", "participants": [7]}),
        # A contact is written back as it was read: what was not read would be lost.
        (Contact, {"id": "c", "defaultFields": {"phoneNumbers": [{"value": 7}]}}),
        (Contact, {"id": "c", "defaultFields": {"emails": [7]}}),
        (Contact, {"id": "c", "customFields": "odd"}),
    ],
)
def test_what_is_acted_on_must_fit(record, odd):
    with pytest.raises(ValidationError):
        record.model_validate(odd)
