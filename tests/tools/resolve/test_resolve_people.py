"""People resolved through the server: near matches, teammates and ids of conversations."""

from urllib.parse import parse_qs

import pytest

from quo_mcp.sandbox import Fault
from sandbox.play import DESK, EMERGENCY, JANE, ROSA, STRANGER

pytestmark = pytest.mark.anyio

ZOE, GRACE, UNKNOWN = "+14155550137", "+14155550145", "CN00000000000000000000000000000000"


def asked(box, path):
    """The query of the last request to a path."""
    return parse_qs([each for each in box.requests if each["path"] == path][-1]["query"])


def thread(box, inbox, *people):
    (match,) = (
        each
        for each in box.state.conversations.values()
        if each["phoneNumberId"] == inbox and set(each["participants"]) == set(people)
    )
    return match["id"]


def group(box):
    return next(each for each in box.state.conversations.values() if len(each["participants"]) == 3)


def contact(box, first):
    return next(
        each for each in box.state.contacts.values() if each["defaultFields"]["firstName"] == first
    )


@pytest.mark.parametrize(
    ("reference", "number", "who"),
    [
        ("Café Söder", ZOE, "Zoë Brännström, Café Söder (+1 415 555 0137)"),
        ("Pacific Pipe", "+15105550149", "Kenji Watanabe, Pacific Pipe Supply (+1 510 555 0149)"),
        ("Jane W", JANE, "Jane Whitaker (+1 415 555 0111)"),
    ],
)
async def test_a_reader_gets_the_one_who_alone_almost_fits_and_is_told(
    phone, reference, number, who
):
    async with phone() as quo:
        for tool in ("quo_list_messages", "quo_list_calls"):
            text = await quo(tool, person=reference, inbox=DESK)
            assert text.startswith(f"Using {who}, the only close match.\n")
        assert asked(quo.box, "/quo/v1/messages")["participants"] == [number]


async def test_of_the_numbers_of_one_who_alone_almost_fits_a_reader_gets_the_one_in_use(phone):
    async with phone() as quo:
        text = await quo("quo_list_messages", person="Bluebird", inbox=DESK)
        first, second, *_ = text.splitlines()
        assert first.startswith("Using Jane Okonkwo, Bluebird Preschool (+1 510 555 0123), ")
        assert second.startswith(
            "Using +1 510 555 0123, their number with the latest conversation. "
        )


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("quo_send_message", {"to": "Café Söder", "text": "Hello", "inbox": DESK}),
        ("quo_create_task", {"person": "Café Söder", "title": "Call back"}),
    ],
)
async def test_whoever_writes_has_to_say_it_clearly(phone, tool, arguments):
    async with phone(config={"approval": "never"}) as quo:
        why = await quo.refused(tool, 'No exact match for "Café Söder". Closest:', **arguments)
        assert "- Zoë Brännström, Café Söder (+1 415 555 0137) · mobile · contact " in why
        assert why.endswith(
            "No other close matches. If this is the right person, call again with that name or number."
        )
        assert {each["method"] for each in quo.box.requests} == {"GET"}


async def test_a_number_that_was_just_removed_in_quo_is_no_choice(phone):
    async with phone(config={"approval": "never"}) as quo:
        text = {"to": "Jane Okonkwo", "text": "Hello", "inbox": DESK}
        assert "has several numbers:" in await quo.refused("quo_send_message", **text)
        numbers = next(
            each["defaultFields"]["phoneNumbers"]
            for each in quo.box.state.contacts.values()
            if each["defaultFields"]["lastName"] == "Okonkwo"
        )
        remaining = numbers.pop(0)["value"] and numbers[0]["value"]
        quo.clock.wait(3)
        await quo("quo_send_message", **text)
        assert [sent["to"] for sent in quo.box.ledger] == [[remaining]]


@pytest.mark.parametrize("reference", ["Jnae Whitaker", "Tilden Books", "Jane", "R. Feld"])
async def test_a_reader_is_asked_too_where_several_or_only_alike_are_meant(phone, reference):
    async with phone() as quo:
        await quo.refused("quo_list_messages", person=reference, inbox=DESK)
        assert "/quo/v1/messages" not in {each["path"] for each in quo.box.requests}


async def test_a_teammate_stands_above_the_guesses_and_far_fetched_ones_are_left_out(phone):
    async with phone() as quo:
        why = await quo.refused("quo_send_message", to="Tom Okafor", text="Hello", inbox=DESK)
        assert why == (
            "Tom Okafor is a teammate, not a contact. quo_get_user shows their details, but Quo does not share their own phone number.\n"
            'No contact matches "Tom Okafor". Give the number with + and country code, such as +14155550134.'
        )
        why = await quo.refused("quo_send_message", to="rosa@nowhere.com", text="Hello", inbox=DESK)
        assert why.count("- ") == 1
        assert "- Rosa Delgado (+1 510 555 0153) · mobile" in why


async def test_a_customer_with_a_teammates_first_name_is_not_texted_for_the_teammate(phone):
    async with phone(config={"approval": "never"}) as quo:
        rosa = contact(quo.box, "Rosa")["defaultFields"]
        rosa["firstName"] = "Tom"
        text = {"text": "Hello", "inbox": DESK}
        why = await quo.refused("quo_send_message", to="tom", **text)
        assert why.startswith('"tom" may mean your teammate Tom Okafor, ')
        assert "or this contact:\n- Tom Delgado (+1 510 555 0153) · mobile · contact " in why
        assert quo.box.ledger == []
        assert "Tom Delgado" in await quo("quo_list_messages", person="tom", inbox=DESK)
        await quo("quo_send_message", to="Tom Delgado", **text)
        rosa["lastName"] = "Okafor"  # the teammate, who is in the address book as well
        quo.account.directory.invalidate()
        await quo("quo_send_message", to="tom", allow_duplicate=True, **text)
        assert [sent["to"] for sent in quo.box.ledger] == [[ROSA]] * 2


async def test_a_teammate_is_not_read_about_as_somebody_who_is_nearly_called_so(phone):
    async with phone() as quo:
        contact(quo.box, "Rosa")["defaultFields"]["company"] = "Tom & Sons"
        why = await quo.refused("quo_list_messages", person="Tom", inbox=DESK)
        assert why.startswith("Tom Okafor is a teammate, ")
        assert "Rosa Delgado, Tom & Sons (+1 510 555 0153) · mobile" in why


async def test_where_teammates_cannot_be_read_people_are_found_all_the_same(phone):
    async with phone(config={"approval": "never"}) as quo:
        quo.box.inject(Fault("error_before", path="/quo/v1/users", status=403, times=None))
        await quo("quo_send_message", to="Rosa Delgado", text="Hello", inbox=DESK)
        assert "Rosa Delgado" in await quo("quo_list_messages", person="Delgado", inbox=DESK)
        await quo.refused(
            "quo_get_contact",
            'No contact has the name, email address or id "Tom',
            contact_id="Tom Okafor",
        )


async def test_where_threads_cannot_be_read_the_candidates_are_named_all_the_same(phone):
    async with phone() as quo:
        quo.box.inject(Fault("error_before", path="/quo/v1/conversations", status=403))
        why = await quo.refused(
            "quo_list_messages", '"Jane" matches several people:', person="Jane"
        )
        assert why.endswith(
            "Call again with one of these numbers, or ask the user which one they mean."
        )


async def test_an_extension_is_left_out_and_that_is_told(phone):
    async with phone() as quo:
        text = await quo("quo_list_messages", person=f"{JANE} ext. 12", inbox=DESK)
        assert text.startswith("Extension 12 was ignored.\nMessages with Jane Whitaker ")


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (DESK, "Front Desk is one of your own inboxes, not a person. Use it only as an inbox."),
        (
            "USt7OkafR2",
            "Tom Okafor is a teammate, not a contact. quo_get_user shows their details, but Quo does not share their own phone number.",
        ),
    ],
)
async def test_an_id_of_something_else_is_said_to_be_that(phone, reference, expected):
    async with phone() as quo:
        assert expected in await quo.refused("quo_list_messages", person=reference, inbox=DESK)


async def test_a_threads_id_stands_for_whom_it_is_with_on_its_inbox(phone):
    async with phone(config={"approval": "never"}) as quo:
        desk = thread(quo.box, DESK, GRACE)  # the latest with her is on another inbox
        text = await quo("quo_list_messages", person=desk)
        assert text.startswith("Messages with Grace Liu (+1 415 555 0145) on Front Desk")
        await quo("quo_send_message", to=desk, text="Hello")
        assert [(sent["from"], sent["to"]) for sent in quo.box.ledger] == [
            ("+14155550100", [GRACE])
        ]


async def test_a_groups_thread_stands_for_all_in_it_where_a_group_is_taken(phone):
    async with phone() as quo:
        everybody = group(quo.box)
        text = await quo("quo_list_messages", person=everybody["id"])
        assert text == await quo(
            "quo_list_messages", person=everybody["participants"], inbox="Front Desk"
        )
        why = await quo.refused("quo_list_calls", person=everybody["id"])
        assert why.startswith(f"{everybody['id']} is a group conversation with ")
        assert "Grace Liu (+1 415 555 0145)" in why
        assert why.endswith("Only one person is accepted here: name one of them.")


@pytest.mark.parametrize(
    ("tool", "arguments", "expected"),
    [
        (
            "quo_list_messages",
            {"person": UNKNOWN},
            f"Conversation not found: {UNKNOWN}. You can also give the name or number of the person it is with.",
        ),
        ("quo_create_task", {"person": UNKNOWN, "title": "x"}, "Give it as conversation."),
        (
            "quo_list_messages",
            {"person": [UNKNOWN, "Jane W"]},
            "Give it alone, or name the people instead.",
        ),
    ],
)
async def test_a_threads_id_that_does_not_help_is_said_to_be_one(phone, tool, arguments, expected):
    async with phone() as quo:
        assert expected in await quo.refused(tool, **arguments)


async def test_a_thread_on_another_inbox_than_is_named_is_refused(phone):
    async with phone() as quo:
        desk = thread(quo.box, DESK, GRACE)
        why = await quo.refused("quo_list_messages", person=desk, inbox=EMERGENCY)
        assert why.startswith(f"{desk} is on Front Desk. Omit inbox, or name the people")
        await quo("quo_list_messages", person=desk, inbox="Front Desk")


@pytest.mark.parametrize(
    ("people", "expected"), [([], "Quo lists no participants"), (["22395"], "short code")]
)
async def test_a_thread_with_nobody_who_can_be_listed_is_refused(phone, people, expected):
    async with phone() as quo:
        odd = quo.box.state.ensure_conversation(DESK, people, quo.clock())["id"]
        assert expected in await quo.refused("quo_list_messages", person=odd)


async def test_a_thread_of_an_inbox_that_may_not_be_used_is_not_found(phone):
    async with phone(config={"inboxes": (EMERGENCY,)}) as quo:
        desk = thread(quo.box, DESK, JANE)
        assert "Conversation not found" in await quo.refused("quo_list_messages", person=desk)
        await quo.refused("quo_mark_conversation", conversation=desk, state="done")
        why = await quo.refused("quo_mark_conversation", conversation=JANE, state="done")
        assert why == "No one-to-one conversation with +1 415 555 0111 found."


@pytest.mark.parametrize(
    ("reference", "people"),
    [
        ("Rosa Delgado", [ROSA]),
        (ROSA, [ROSA]),
        ("Rosa Delgado +1 510 555 0153", [ROSA]),
        ("Jane Okonkwo", ["+15105550123"]),
        ("22395", ["22395"]),
        ("anonymous", ["Anonymous"]),
    ],
)
async def test_a_thread_is_marked_by_whom_alone_it_is_with(phone, reference, people):
    async with phone() as quo:
        marked = await quo("quo_mark_conversation", conversation=reference, state="done")
        assert thread(quo.box, DESK, *people) in marked


async def test_of_several_threads_one_has_to_be_chosen(phone, snapshot):
    async with phone() as quo:
        why = await quo.refused("quo_mark_conversation", conversation="Grace Liu", state="done")
        snapshot("results/conversation_which.txt", why)
        assert {each["method"] for each in quo.box.requests} == {"GET"}


async def test_a_person_without_a_thread_has_none_to_mark(phone, monkeypatch):
    async with phone() as quo:
        arguments = {"conversation": STRANGER, "state": "done"}
        why = await quo.refused("quo_mark_conversation", **arguments)
        assert why == "No one-to-one conversation with +1 415 555 0199 found."
        monkeypatch.setattr("quo_mcp.tools.resolve.recent_conversations.MAX_PAGES_BY_PERSON", 1)
        monkeypatch.setattr("quo_mcp.directory.conversation_scan.PAGE_SIZE", 5)
        why = await quo.refused("quo_mark_conversation", **arguments)
        assert why.startswith(
            "No one-to-one conversation with +1 415 555 0199 among the latest 5 conversations. "
        )
