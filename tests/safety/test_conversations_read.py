"""Which conversations are read before a text, in how many requests, and what an inbox that cannot be read means."""

from collections import Counter

import anyio
import mcp_types as types
import pytest

from quo_mcp.sandbox import Fault
from sandbox.play import DESK, DIRECT, EMERGENCY, JANE, ROSA

pytestmark = pytest.mark.anyio

NEVER = {"approval": "never", "max_per_minute": 100}
NOBODY = "+12025550143"
GROUP = "+14155550171"


def wrote(quo, words, inbox=DESK, *, people=(ROSA,), sender=ROSA):
    """A message of theirs a minute later, as Quo keeps it; Quo's own list of opt-outs knows nothing of it."""
    quo.clock.wait(60)
    state = quo.box.state
    state.auto_reply_enabled = False
    state.add_message(state.numbers[inbox], [*people], words, quo.clock(), sender=sender)
    state.opted_out.clear()


def add_inboxes(quo, count):
    """Add inboxes, so that there are `count`."""
    state = quo.box.state
    for i in range(count - len(state.numbers)):
        new = {"id": f"PNextra{i:04d}", "number": f"+1415555{i + 2000:04d}", "name": f"Line {i}"}
        state.numbers[new["id"]] = state.numbers[DESK] | new


async def send(quo, to=ROSA, words="Hello", **more):
    return await quo("quo_send_message", to=to, text=words, **more)


async def requests(quo, **arguments):
    """Return the requests of one send until its POST is answered."""
    made = await quo.requests("quo_send_message", **arguments)
    return made[: made.index("POST /quo/v1/messages") + 1]


@pytest.mark.parametrize("inbox", [{}, {"inbox": DESK}, {"inbox": "Front Desk"}], ids=str)
async def test_a_text_to_a_number_takes_three_requests_once_warm(phone, inbox):
    async with phone(config=NEVER) as quo:
        await send(quo, words="First", **inbox)
        second = await requests(quo, to=ROSA, text="Second", **inbox)
        other = await requests(quo, to=JANE, text="Hello", **inbox)
        expected = ["GET /quo/v1/conversations", "GET /quo/v1/messages", "POST /quo/v1/messages"]
        assert second == expected
        assert other == expected


async def test_a_text_to_a_name_takes_one_request_more_since_the_contact_is_read_again(phone):
    async with phone(config=NEVER) as quo:
        await send(quo, words="First", inbox=DESK)
        made = await requests(quo, to="Jane Whitaker", text="Hello", inbox=DESK)
        assert len(made) == 4
        assert made[0].startswith("GET /quo/v1/contacts/")


@pytest.mark.parametrize("first", ["send", "dry run"])
@pytest.mark.parametrize(("seconds", "count"), [(0, 3), (9, 3), (10, 4), (300, 4)])
async def test_a_contact_that_was_read_again_ten_seconds_ago_is_read_again(
    phone, first, seconds, count
):
    async with phone(config=NEVER) as quo:
        await quo("quo_find_contacts", query="Jane")
        await send(quo, "Jane Whitaker", "First", inbox=DESK, dry_run=first == "dry run")
        quo.clock.wait(seconds)
        arguments = {"to": "Jane Whitaker", "text": "Second", "inbox": DESK}
        made = await requests(quo, **arguments)
        assert len(made) == count
        assert any(item.startswith("GET /quo/v1/contacts/") for item in made) is (count == 4)


async def test_ten_texts_to_ten_names_take_ten_requests_more(phone):
    async with phone(config=NEVER) as quo:
        template = next(iter(quo.box.state.contacts.values()))
        for i in range(10):
            numbers = [{"id": "n", "name": "mobile", "value": f"+1415555018{i}"}]
            names = {"firstName": "Avery", "lastName": f"Number{i}"}
            fields = template["defaultFields"] | names | {"phoneNumbers": numbers}
            contact = template | {"id": f"{i:024x}", "defaultFields": fields}
            quo.box.state.contacts[contact["id"]] = contact
        await send(quo, words="First", inbox=DESK)
        await quo("quo_find_contacts", query="Jane")
        people = [f"Avery Number{i}" for i in range(10)]
        made = [await requests(quo, to=person, text="Yes", inbox=DESK) for person in people]
        assert sum(map(len, made)) <= 40


@pytest.mark.parametrize("inbox", [{}, {"inbox": DESK}], ids=str)
async def test_with_a_hundred_inboxes_the_first_text_takes_at_most_twelve_requests(phone, inbox):
    async with phone(config=NEVER) as quo:
        add_inboxes(quo, 100)
        assert len(await requests(quo, to=ROSA, text="First", **inbox)) <= 12
        assert len(await requests(quo, to=ROSA, text="Second", **inbox)) == 3
        assert len(await requests(quo, to=NOBODY, text="Hello", inbox="Line 7")) == 3


@pytest.mark.parametrize("inboxes", [3, 100])
async def test_ten_texts_to_ten_people_take_at_most_thirty_requests(phone, inboxes):
    async with phone(config=NEVER) as quo:
        add_inboxes(quo, inboxes)
        people = [f"+1415555018{i}" for i in range(10)]
        for person in people:
            wrote(quo, "Are you open?", people=[person], sender=person)
        await send(quo, words="First", inbox=DESK)
        made = [await requests(quo, to=person, text="Yes") for person in people]
        assert sum(map(len, made)) <= 30


async def test_ten_texts_at_once_share_the_list_of_changes(phone):
    async with phone(config=NEVER) as quo:
        people = [f"+1415555018{i}" for i in range(10)]
        await send(quo, words="First", inbox=DESK)
        before = len(quo.box.requests)
        async with anyio.create_task_group() as task_group:
            for person in people:
                task_group.start_soon(lambda to=person: send(quo, to, inbox=DESK))
        made = Counter(f"{item['method']} {item['path']}" for item in quo.box.requests[before:])
        assert made["POST /quo/v1/messages"] == 10
        assert made["GET /quo/v1/conversations"] < 10


@pytest.mark.parametrize(
    ("inbox", "people"),
    [
        (DIRECT, [ROSA]),
        (EMERGENCY, [ROSA]),
        (DIRECT, [ROSA, GROUP]),
        (DESK, [ROSA, GROUP]),
    ],
    ids=str,
)
@pytest.mark.parametrize("is_new", [True, False])
async def test_an_opt_out_elsewhere_counts_once_the_conversation_has_changed(
    phone, inbox, people, is_new
):
    async with phone(config=NEVER) as quo:
        if not is_new:
            wrote(quo, "Hello", inbox, people=people)
        await send(quo, words="First", inbox=DESK)
        wrote(quo, "STOP", inbox, people=people)
        await quo.refused(
            "quo_send_message", "opted out of texts", to=ROSA, text="Second", inbox=DESK
        )
        wrote(quo, "START", inbox, people=people)
        await send(quo, words="Third", inbox=DESK)


async def test_what_has_not_changed_is_not_read_again(phone):
    async with phone(config=NEVER) as quo:
        wrote(quo, "Hello", DIRECT)
        wrote(quo, "Hello", EMERGENCY)
        wrote(quo, "Hello all", DIRECT, people=[ROSA, GROUP])
        first = await requests(quo, to=ROSA, text="First", inbox=DESK)
        assert first.count("GET /quo/v1/messages") == 4
        second = await requests(quo, to=ROSA, text="Second", inbox=DESK)
        assert second.count("GET /quo/v1/messages") == 1


@pytest.mark.parametrize("returns", [True, False])
@pytest.mark.parametrize("inbox", [DIRECT, EMERGENCY])
@pytest.mark.parametrize("hours", [-2, -30, 2, 24 * 91])
async def test_an_opt_out_is_found_whatever_the_clock_does(phone, hours, inbox, returns):
    async with phone(config={**NEVER, "max_per_hour": 100}) as quo:
        wrote(quo, "Hello", DIRECT)
        await send(quo, words="First", inbox=DESK)
        quo.clock.wait(hours * 3600)
        await send(quo, words="Second", inbox=DESK)
        quo.clock.wait(-hours * 3600 * returns)
        wrote(quo, "STOP", inbox)
        await quo.refused(
            "quo_send_message", "opted out of texts", to=ROSA, text="Third", inbox=DESK
        )


@pytest.mark.parametrize("page_size", [1, 5])
async def test_until_every_conversation_is_known_each_inbox_is_asked(phone, monkeypatch, page_size):
    monkeypatch.setattr("quo_mcp.directory.conversation_scan.PAGE_SIZE", page_size)
    async with phone(config=NEVER) as quo:
        wrote(quo, "STOP", DIRECT)
        for i in range(20):
            wrote(quo, "Hello", people=[f"+1415555018{i % 10}"], sender=f"+1415555018{i % 10}")
        await quo.refused(
            "quo_send_message", "opted out of texts", to=ROSA, text="Hello", inbox=DESK
        )


@pytest.mark.parametrize("forbidden", [[DIRECT], [EMERGENCY], [DIRECT, EMERGENCY]], ids=str)
async def test_an_inbox_that_may_not_be_read_stops_no_text_from_another(phone, forbidden):
    async with phone(config=NEVER) as quo:
        quo.box.state.forbidden_inboxes.update(forbidden)
        assert "Not checked" not in await send(quo, words="Hello", inbox=DESK)
        await send(quo, to=NOBODY, inbox=DESK)


async def test_an_inbox_that_may_not_be_read_is_named_where_they_have_a_conversation(phone):
    async with phone(config=NEVER) as quo:
        wrote(quo, "Hello", DIRECT)
        quo.box.state.forbidden_inboxes.add(DIRECT)
        note = "Not checked for opt-outs (no access): Marisol direct."
        assert note in await send(quo, words="Hello", inbox=DESK, dry_run=True)
        assert note in await send(quo, words="Hello", inbox=DESK)
        assert note not in await send(quo, JANE, inbox=DESK)


async def test_a_text_from_an_inbox_that_may_not_be_read_is_not_sent(phone):
    async with phone(config=NEVER) as quo:
        quo.box.state.forbidden_inboxes.add(DESK)
        await quo.refused("quo_send_message", "no access", to=ROSA, text="Hello", inbox=DESK)
        await send(quo, inbox=DIRECT)
        assert [item["from"] for item in quo.box.ledger] == [
            quo.box.state.numbers[DIRECT]["number"]
        ]


async def test_an_opt_out_counts_as_soon_as_its_inbox_may_be_read(phone):
    async with phone(config=NEVER) as quo:
        wrote(quo, "STOP", DIRECT)
        quo.box.state.forbidden_inboxes.add(DIRECT)
        await send(quo, words="First", inbox=DESK)
        quo.box.state.forbidden_inboxes.clear()
        await quo.refused(
            "quo_send_message", "opted out of texts", to=ROSA, text="Second", inbox=DESK
        )


@pytest.mark.parametrize("forbidden", [[], [EMERGENCY]], ids=str)
async def test_without_the_list_of_conversations_each_inbox_is_asked(phone, forbidden):
    async with phone(config=NEVER) as quo:
        quo.box.state.forbidden_inboxes.update(forbidden)
        fault = Fault(
            "error_before", "GET", "/quo/v1/conversations", times=None, status=403, style="quo"
        )
        quo.box.inject(fault)
        await send(quo, words="First", inbox=DESK)
        wrote(quo, "STOP", DIRECT)
        await quo.refused(
            "quo_send_message", "opted out of texts", to=ROSA, text="Second", inbox=DESK
        )


@pytest.mark.parametrize("status", [401, 429, 500, 503])
@pytest.mark.parametrize("path", ["/quo/v1/conversations", "/quo/v1/messages"])
async def test_another_failure_of_reading_sends_nothing(phone, status, path):
    async with phone(config=NEVER) as quo:
        fault = Fault("error_before", "GET", path, times=None, status=status, style="quo")
        quo.box.inject(fault)
        await quo.refused("quo_send_message", to=ROSA, text="Hello", inbox=DESK)
        assert quo.box.ledger == []


@pytest.mark.parametrize("status", [403, 404])
async def test_a_released_inbox_is_left_out_too(phone, status):
    async with phone(config=NEVER) as quo:
        wrote(quo, "Hello", DIRECT)
        if status == 404:
            del quo.box.state.numbers[DIRECT]
            conversation = next(
                item
                for item in quo.box.state.conversations.values()
                if item["phoneNumberId"] == DIRECT and item["participants"] == [ROSA]
            )
            list_conversations = quo.box._respond

            async def respond(request, path):
                reply, fault = await list_conversations(request, path)
                if path[-2:] == ["v1", "conversations"]:
                    document = reply.json()
                    document["data"].append(conversation)
                    reply = type(reply).from_json(document, reply.status, reply.headers)
                return reply, fault

            quo.box._respond = respond
        else:
            quo.box.state.forbidden_inboxes.add(DIRECT)
        assert "Not checked for opt-outs (no access)" in await send(quo, inbox=DESK)


@pytest.mark.parametrize("to", [ROSA, [ROSA, JANE]], ids=str)
async def test_a_preview_reads_the_conversation_once(phone, to):
    tool = "quo_send_message" if isinstance(to, str) else "quo_send_group_message"
    async with phone(config=NEVER) as quo:
        wrote(quo, "Are you open?", people=[ROSA, JANE][: 1 if to == ROSA else 2])
        await send(quo, words="First", inbox=DESK)
        await send(quo, to=JANE, words="First", inbox=DESK)
        preview = await quo(tool, to=to, text="Yes", inbox=DESK, dry_run=True)
        assert "> Are you open?" in preview
        made = await quo.requests(tool, to=to, text="Yes", inbox=DESK, dry_run=True)
        assert made == ["GET /quo/v1/conversations", "GET /quo/v1/messages"]


@pytest.mark.parametrize(("mode", "count"), [("legacy", 2), ("auto", 2)])
async def test_a_question_reads_the_conversation_once_and_the_answer_once_more(phone, mode, count):
    async def accept(_context, _params):
        return types.ElicitResult(action="accept", content={})

    async with phone(mode=mode, elicitation_callback=accept) as quo:
        await send(quo, words="First", inbox=DESK)
        made = await requests(quo, to=ROSA, text="Second", inbox=DESK)
        assert made.count("GET /quo/v1/messages") == count
