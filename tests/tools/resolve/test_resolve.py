"""References resolved through the server: inboxes, people, teammates and times."""

import pytest

from sandbox.play import DESK, DIRECT, EMERGENCY, JANE, STRANGER, WALT
from tools.reading import last_query

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("reference", "inbox"),
    [
        (DESK, DESK),
        ("Front Desk", DESK),
        ("front  DESK", DESK),
        ("🔧 Front Desk", DESK),
        ("+14155550100", DESK),
        ("(415) 555-0100", DESK),
        ("415.555.0100", DESK),
        ("1-800-555-0140", EMERGENCY),
        ("marisol direct", DIRECT),
    ],
)
async def test_an_inbox_goes_by_id_number_or_name(phone, reference, inbox):
    async with phone() as quo:
        await quo("quo_list_messages", person=JANE, inbox=reference)
        assert last_query(quo.box, "/quo/v1/messages")["phoneNumberId"] == [inbox]


@pytest.mark.parametrize("reference", ["Sales", "PNnone", "+14155550199", "🔧"])
async def test_what_is_no_inbox_is_refused_with_those_there_are(phone, reference):
    async with phone() as quo:
        refusal = await quo.refused("quo_list_messages", person=JANE, inbox=reference)
        assert "Available:\n- Front Desk (+1 415 555 0100) · PNd5FrontDk\n" in refusal


async def test_two_inboxes_of_one_name_have_to_be_told_apart(phone):
    async with phone() as quo:
        quo.box.state.numbers[DIRECT]["name"] = "FRONT desk!"
        refusal = await quo.refused("quo_list_messages", person=JANE, inbox="Front Desk")
        assert "matches several inboxes" in refusal
        assert DESK in refusal
        assert DIRECT in refusal
        assert EMERGENCY not in refusal


async def test_a_whole_name_goes_before_a_word_of_another(phone):
    async with phone() as quo:
        quo.box.state.numbers[DIRECT]["name"] = "Front"
        await quo("quo_list_messages", person=JANE, inbox="front")
        assert last_query(quo.box, "/quo/v1/messages")["phoneNumberId"] == [DIRECT]


async def test_a_name_without_letters_is_not_matched_by_another(phone):
    async with phone() as quo:
        quo.box.state.numbers[DIRECT]["name"] = "🔧"
        refusal = await quo.refused("quo_list_messages", person=JANE, inbox="🔥")
        assert "No inbox matches" in refusal


async def test_the_only_inbox_needs_no_name_and_no_look(phone):
    async with phone() as quo:
        for other_inbox in (DIRECT, EMERGENCY):
            del quo.box.state.numbers[other_inbox]
        reference = await quo("quo_list_messages", person=STRANGER)
        assert reference.startswith("No messages with +1 415 555 0199")
        assert "/quo/v1/conversations" not in {each["path"] for each in quo.box.requests}


async def test_the_default_inbox_is_used_where_none_is_named(phone):
    async with phone(config={"default_inbox": "+18005550140"}) as quo:
        await quo("quo_send_message", to=STRANGER, text="Hello")
        assert [sent["from"] for sent in quo.box.ledger] == ["+18005550140"]


@pytest.mark.parametrize(
    ("to", "number"),
    [("Rosa Delgado", "+14155550100"), ("Desmond Achebe", "+18005550140"), (WALT, "+14155550100")],
)
async def test_an_existing_conversation_comes_before_the_default_inbox(phone, to, number):
    async with phone(config={"default_inbox": "Marisol direct"}) as quo:
        result = await quo("quo_send_message", to=to, text="Hello", dry_run=True)
        assert ", which has the latest conversation with them." in result
        [inbox] = [each for each in quo.box.state.numbers.values() if each["number"] == number]
        assert f"\nFrom: {inbox['name']} (" in result


async def test_the_latest_thread_says_which_inbox_and_the_result_says_so(phone):
    async with phone() as quo:
        reference = await quo("quo_send_message", to="Desmond Achebe", text="Hello", dry_run=True)
        assert reference.startswith(
            "Inbox: Emergency line, which has the latest conversation with them.\n"
        )


async def test_without_a_thread_the_inbox_has_to_be_named(phone):
    async with phone() as quo:
        refusal = await quo.refused("quo_send_message", to=STRANGER, text="Hello")
        assert refusal.startswith(
            "inbox: required, because there are several inboxes and no default is set. Available:\n"
        )
        assert quo.box.ledger == []


async def test_threads_on_other_numbers_are_named(phone):
    async with phone() as quo:
        text = await quo("quo_send_message", to="Grace Liu", text="Hello", dry_run=True)
        assert text.startswith(
            "Inbox: Emergency line, which has the latest conversation with them. "
        )
        assert "They also have one on Front Desk (" in text
        assert "). To use another inbox, set inbox.\n" in text.partition("\nNot sent")[0] + "\n"


async def test_of_several_numbers_a_reader_gets_the_one_in_use_and_a_sender_is_asked(phone):
    async with phone() as quo:
        text = await quo("quo_list_messages", person="Jane Okonkwo")
        assert text.startswith("Using +1 510 555 0123, their number with the latest conversation. ")
        refusal = await quo.refused("quo_send_message", to="Jane Okonkwo", text="Hello")
        assert "has several numbers" in refusal


@pytest.mark.parametrize("alias", ["+114155550111", "+1141555501", "+5215512345678", "+1988"])
async def test_a_number_in_another_spelling_is_never_texted(phone, alias):
    async with phone(config={"approval": "never", "countries": "any"}) as quo:
        await quo.client.call_tool(
            "quo_send_message", {"to": alias, "text": "Hello", "inbox": DESK}
        )
        contact = next(iter(quo.box.state.contacts.values()))
        contact["defaultFields"] |= {"firstName": "Zebedee", "lastName": "Quux"}
        contact["defaultFields"]["phoneNumbers"] = [{"id": "1", "name": "m", "value": alias}]
        quo.account.directory.invalidate()
        await quo.client.call_tool(
            "quo_send_message", {"to": "Zebedee Quux", "text": "Hello", "inbox": DESK}
        )
        assert [sent["to"] for sent in quo.box.ledger if sent["to"] != [JANE]] == []


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("Emergency line", "is one of your own inboxes, not a person. Use it only as an inbox."),
        (
            "Priya",
            "Priya Raman is a teammate, not a contact. quo_get_user shows their details, but Quo does not share their own phone number.",
        ),
        ("911", "911 is an emergency number: it cannot be texted from here."),
    ],
)
async def test_what_is_no_person_is_said_to_be_what_it_is(phone, reference, expected):
    async with phone() as quo:
        assert expected in await quo.refused(
            "quo_send_message", to=reference, text="Hello", inbox=DESK
        )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"since": "tomorrow"}, "is in the future"),
        (
            {"since": "today", "until": "7d"},
            'since "today" starts at Wed 2026-03-04 00:00, and until "7d" ends at Wed 2026-02-25 10:30 (America/Los_Angeles). Swap them, or',
        ),
        (
            {"since": "2026-03-03", "until": "2026-03-02"},
            'starts at Tue 2026-03-03 00:00, and until "2026-03-02" ends at Tue 2026-03-03 00:00 (America/Los_Angeles). Swap them',
        ),
        (
            {"since": "yesterday 9am", "until": "yesterday 09:00"},
            "ends at Tue 2026-03-03 09:00 (America/Los_Angeles). Set them further apart, or omit one.",
        ),
    ],
)
async def test_a_time_in_which_nothing_can_be_is_refused(phone, arguments, expected):
    async with phone() as quo:
        assert expected in await quo.refused(
            "quo_list_messages", person=JANE, inbox=DESK, **arguments
        )


async def test_a_word_of_an_inbox_is_enough_where_one_alone_has_it(phone):
    async with phone() as quo:
        assert "Emergency line" in await quo("quo_get_phone_number", inbox="emergency")
        quo.box.state.numbers[DIRECT]["name"] = "Emergency backup"
        quo.account.directory.invalidate()
        assert "matches several" in await quo.refused("quo_get_phone_number", inbox="emergency")


@pytest.mark.parametrize("reference", ["Emergency line", EMERGENCY])
async def test_an_inbox_that_may_not_be_used_is_not_named_where_a_person_is_asked_for(
    phone, reference
):
    async with phone(config={"inboxes": (DESK,)}) as quo:
        why = await quo.refused("quo_list_messages", person=reference)
        assert why.startswith(f'No contact matches "{reference}".')


async def test_only_the_inboxes_that_are_allowed_can_be_used(phone):
    async with phone(config={"inboxes": ("+14155550100", EMERGENCY)}) as quo:
        await quo("quo_list_messages", person=JANE, inbox="Front Desk")
        refusal = await quo.refused("quo_list_messages", person=JANE, inbox="Marisol direct")
        assert "No inbox matches" in refusal
        assert DIRECT not in refusal
        await quo("quo_list_conversations")
        listed = last_query(quo.box, "/quo/v1/conversations")["phoneNumbers"]
        assert set(",".join(listed).split(",")) == {DESK, EMERGENCY}


async def test_allowed_inboxes_that_are_not_there_have_to_be_mended_by_a_person(phone):
    async with phone(config={"inboxes": ("PNnone",)}) as quo:
        refusal = await quo.refused("quo_list_messages", person=JANE, inbox="Front Desk")
        assert "QUO_MCP_INBOXES matches no inbox of this account" in refusal


@pytest.mark.parametrize(
    ("reference", "number"),
    [
        ("+14155550111", JANE),
        (" (415) 555-0111 ", JANE),
        ("4155550111", JANE),
        ("Jane Whitaker", JANE),
        ("whitaker", JANE),
        ("jane.whitaker@example.com", JANE),
        ("Zoe Brannstrom", "+14155550137"),
        ("Achebe & Daughters Bakery", "+15105550169"),
    ],
)
async def test_a_person_goes_by_name_number_or_mail(phone, reference, number):
    async with phone() as quo:
        await quo("quo_list_messages", person=reference, inbox=DESK)
        assert last_query(quo.box, "/quo/v1/messages")["participants"] == [number]


@pytest.mark.parametrize("reference", ["Jane", "Wolfgang", "Anonymous", "22395", "x" * 201])
async def test_nobody_is_guessed_at(phone, reference):
    async with phone() as quo:
        await quo.refused("quo_list_messages", person=reference, inbox=DESK)
        assert "/quo/v1/messages" not in {each["path"] for each in quo.box.requests}


async def test_a_number_in_full_does_not_wait_for_the_address_book(phone):
    async with phone() as quo:
        listed = await quo.requests("quo_list_messages", person=JANE, inbox=DESK)
        assert listed.index("GET /quo/v1/messages") < listed.index("GET /quo/v1/contacts")


@pytest.mark.parametrize(
    ("reference", "user"),
    [
        ("Tom", "USt7OkafR2"),
        ("tom okafor", "USt7OkafR2"),
        ("BENOIT", "USb9LefevR4"),
        ("Benoît Lefèvre", "USb9LefevR4"),
        ("Priya@harborpine.example.com", "USp3RamanR3"),
        ("USp3RamanR3", "USp3RamanR3"),
    ],
)
async def test_a_teammate_goes_by_name_mail_or_id(phone, reference, user):
    async with phone() as quo:
        await quo("quo_list_calls", person=JANE, inbox=DESK, user_id=reference)
        assert last_query(quo.box, "/quo/v1/calls")["userId"] == [user]


async def test_two_teammates_of_one_name_have_to_be_told_apart(phone):
    async with phone() as quo:
        quo.box.state.users["USp3RamanR3"]["firstName"] = "Tom"
        refusal = await quo.refused("quo_get_user", user_id="tom")
        assert refusal == (
            '"tom" matches several teammates. Teammates:\n- Tom Okafor · USt7OkafR2\n- Tom Raman · USp3RamanR3'
        )


async def test_who_is_asking_is_not_known_and_that_is_said(phone):
    async with phone() as quo:
        refusal = await quo.refused("quo_list_tasks", assignee="Me")
        assert refusal.startswith('This server cannot tell who "Me" is. Teammates:\n')
        assert "- Tom Okafor · USt7OkafR2" in refusal
        quo.box.state.users["USt7OkafR2"]["firstName"] = "Me"
        quo.account.directory.invalidate()
        assert "assigned to Me Okafor" in await quo("quo_list_tasks", assignee="me")


@pytest.mark.parametrize(
    ("reference", "field", "sent"),
    [
        ("today", "since", "2026-03-04T08:00:00"),
        ("yesterday", "since", "2026-03-03T08:00:00"),
        ("7d", "since", "2026-02-25T18:30:00"),
        ("2026-03-01", "since", "2026-03-01T08:00:00"),
        ("2026-03-01", "until", "2026-03-02T08:00:00"),
        ("2026-03-01T12:00:00Z", "until", "2026-03-01T12:00:00"),
    ],
)
async def test_a_time_is_sent_in_utc(phone, reference, field, sent):
    async with phone() as quo:
        await quo("quo_list_messages", person=JANE, inbox=DESK, **{field: reference})
        name = {"since": "createdAfter", "until": "createdBefore"}[field]
        assert last_query(quo.box, "/quo/v1/messages")[name][0].startswith(sent)


async def test_what_is_no_time_is_refused(phone):
    async with phone() as quo:
        assert "soonish" in await quo.refused(
            "quo_list_messages", person=JANE, inbox=DESK, since="soonish"
        )
