"""User approval, before and since protocol version 2026-07-28: what is shown, and what an approval covers."""

import anyio
import mcp_types as types
import pytest
from mcp.shared.exceptions import MCPError

from quo_mcp.sandbox import Fault
from quo_mcp.server import approval
from quo_mcp.server.approval import Approvals, supports_elicitation
from quo_mcp.server.approval_prompt import ApprovalPrompt
from quo_mcp.server.approval_seal import ApprovalSeal
from quo_mcp.tools.base import Effect, name_of
from quo_mcp.tools.catalogue import TOOLSETS
from sandbox.play import DESK, DIRECT, JANE, ROSA

pytestmark = pytest.mark.anyio

ERAS = pytest.mark.parametrize("mode", ["legacy", "auto"])
TEXT = {"to": JANE, "text": "Your boat is ready.", "inbox": DIRECT}
ACCEPT = types.ElicitResult(action="accept", content={})


class Person:
    """A user who answers each question alike, and a record of the questions."""

    def __init__(self, action="accept"):
        self.action = action
        self.asked = []

    async def __call__(self, _context, params):
        self.asked.append(params.message)
        return types.ElicitResult(action=self.action, content={})


def sent(quo):
    return [(each["to"], each["content"]) for each in quo.box.ledger]


def writes(quo):
    return [each for each in quo.box.requests if each["method"] != "GET"]


async def contact_of(quo):
    return next(iter(quo.box.state.contacts))


async def by_hand(quo, tool, arguments, answer=None, state=None):
    return await quo.client.session.call_tool(
        tool,
        arguments,
        input_responses=None if answer is None else {"approval": answer},
        request_state=state,
        allow_input_required=True,
    )


@ERAS
async def test_a_text_goes_out_once_the_person_said_yes_to_all_that_matters(phone, mode):
    person = Person()
    async with phone(mode=mode, elicitation_callback=person) as quo:
        await quo("quo_send_message", **TEXT)
        assert sent(quo) == [([JANE], TEXT["text"])]
    (question,) = person.asked
    for part in ("Jane", "+1 415 555 0111", "Marisol", f"> {TEXT['text']}", "1 segment", "$0.01"):
        assert part in question


@ERAS
@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("decline", "The person said no, and nothing was {}. Do not try again"),
        (
            "cancel",
            "Not answered: the question was closed without a yes or a no, and nothing was {}.",
        ),
    ],
)
@pytest.mark.parametrize("tool", ["send_message", "delete_contact", "create_connection"])
async def test_a_no_or_a_closed_question_changes_nothing_and_says_so(
    phone, mode, action, words, tool
):
    done = {"send_message": "sent", "delete_contact": "deleted", "create_connection": "created"}[
        tool
    ]
    person = Person(action)
    async with phone(mode=mode, elicitation_callback=person) as quo:
        arguments = {"send_message": TEXT, "delete_contact": {"contact_id": await contact_of(quo)}}
        why = await quo.refused(f"quo_{tool}", **arguments.get(tool, {}))
        assert words.format(done) in why
        assert ("repeat this call" in why) is (action == "cancel")
        assert len(person.asked) == 1
        assert writes(quo) == []


@ERAS
async def test_after_a_question_that_the_host_closed_a_new_call_asks_again(phone, mode):
    person = Person("cancel")
    async with phone(mode=mode, elicitation_callback=person) as quo:
        await quo.refused("quo_send_message", "Not answered", **TEXT)
        person.action = "accept"
        await quo("quo_send_message", **TEXT)
        assert (len(person.asked), sent(quo)) == (2, [([JANE], TEXT["text"])])


async def test_a_yes_to_a_question_that_was_closed_counts_for_nothing(phone):
    async with phone(elicitation_callback=Person()) as quo:
        asked = await by_hand(quo, "quo_send_message", TEXT)
        for action, words in (("cancel", "Not answered"), ("accept", "refused or closed before")):
            answer = types.ElicitResult(action=action, content={})
            result = await by_hand(quo, "quo_send_message", TEXT, answer, asked.request_state)
            assert words in result.content[0].text
        assert sent(quo) == []


@ERAS
async def test_a_deletion_is_put_to_the_person_with_what_would_be_deleted(phone, mode):
    person = Person()
    async with phone(mode=mode, elicitation_callback=person) as quo:
        contact = await contact_of(quo)
        name = quo.box.state.contacts[contact]["defaultFields"]["firstName"]
        await quo("quo_delete_contact", contact_id=contact)
        assert contact not in quo.box.state.contacts
    assert name in person.asked[0]


@ERAS
@pytest.mark.maton
async def test_every_tool_that_sends_deletes_or_touches_a_connection_asks(phone, mode):
    """A new one that forgets its question would fail here."""
    asking = [
        tool
        for tools in TOOLSETS.values()
        for tool in tools
        if tool.effect in {Effect.SEND, Effect.DELETE}
        or (tool.effect is not Effect.READ and "connection" in name_of(tool))
    ]
    assert len(asking) >= 6
    person = Person("decline")
    async with phone(mode=mode, elicitation_callback=person, config={"toolsets": "all"}) as quo:
        state = quo.box.state
        ids = {
            "contact_id": await contact_of(quo),
            "connection_id": next(iter(state.connections)),
            "task_id": next(iter(state.tasks)),
            "webhook_id": next(iter(state.webhooks)),
            "to": [JANE, ROSA],
            "text": "Hello",
            "inbox": DIRECT,
        }
        for tool in asking:
            wanted = {
                name: ids[name]
                for name, field in tool.model_fields.items()
                if field.is_required() or name == "inbox"
            }
            if name_of(tool) == "quo_send_message":
                wanted["to"] = JANE
            before = len(person.asked)
            assert "said no" in await quo.refused(name_of(tool), **wanted), name_of(tool)
            assert len(person.asked) == before + 1, name_of(tool)
        assert writes(quo) == []


async def test_an_accepted_answer_that_is_replayed_ten_times_is_one_text(phone):
    async with phone(elicitation_callback=Person()) as quo:
        asked = await by_hand(quo, "quo_send_message", TEXT)
        for _ in range(10):
            await by_hand(quo, "quo_send_message", TEXT, ACCEPT, asked.request_state)
        again = TEXT | {"allow_duplicate": True}
        asked = await by_hand(quo, "quo_send_message", again)
        for _ in range(10):
            await by_hand(quo, "quo_send_message", again, ACCEPT, asked.request_state)
            quo.clock.wait(61)
        assert len(sent(quo)) <= 2


async def test_a_replay_at_the_same_instant_is_one_text(phone):
    async with phone(elicitation_callback=Person()) as quo:
        again = TEXT | {"allow_duplicate": True}
        asked = await by_hand(quo, "quo_send_message", again)
        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(
                    by_hand, quo, "quo_send_message", again, ACCEPT, asked.request_state
                )
        assert len(sent(quo)) == 1


@pytest.mark.maton
async def test_a_yes_to_a_deletion_is_used_up_by_it(phone):
    async with phone(elicitation_callback=Person()) as quo:
        asked = await by_hand(quo, "quo_create_connection", {})
        for _ in range(10):
            await by_hand(quo, "quo_create_connection", {}, ACCEPT, asked.request_state)
        assert len(writes(quo)) == 1
        late = await by_hand(quo, "quo_create_connection", {}, ACCEPT, asked.request_state)
        assert "already used" in late.content[0].text


@pytest.mark.parametrize(
    "changed",
    [
        {"text": "Send me your password."},
        {"to": ROSA},
        {"inbox": "PNd5FrontDk"},
        {"allow_duplicate": True},
    ],
    ids=str,
)
async def test_a_yes_is_good_for_nothing_but_what_was_shown(phone, changed):
    async with phone(elicitation_callback=Person()) as quo:
        asked = await by_hand(quo, "quo_send_message", TEXT)
        anew = await by_hand(quo, "quo_send_message", TEXT | changed, ACCEPT, asked.request_state)
        assert isinstance(anew, types.InputRequiredResult)
        assert sent(quo) == []


async def test_a_yes_is_good_though_names_have_come_in_since_it_was_asked_for(phone):
    async with phone(elicitation_callback=Person()) as quo:
        quo.box.inject(Fault("error_before", path="/quo/v1/contacts", times=None))
        asked = await by_hand(quo, "quo_send_message", TEXT)
        first = asked.input_requests["approval"].params.message
        assert "Names are missing" in first
        assert "Jane" not in first
        quo.box.faults.clear()
        quo.clock.wait(6)
        again = await by_hand(quo, "quo_send_message", TEXT)
        second = again.input_requests["approval"].params.message
        assert "Jane" in second
        done = await by_hand(quo, "quo_send_message", TEXT, ACCEPT, asked.request_state)
        assert not isinstance(done, types.InputRequiredResult)
        assert sent(quo) == [([JANE], TEXT["text"])]


@pytest.mark.parametrize("change", ["another text", "other words", "another time"])
async def test_a_thread_that_goes_on_after_the_question_is_asked_about_anew(phone, change):
    text = TEXT | {"inbox": DESK}
    async with phone(elicitation_callback=Person()) as quo:
        asked = await by_hand(quo, "quo_send_message", text)
        state = quo.box.state
        pair = {JANE, state.numbers[DESK]["number"]}
        thread = [each for each in state.messages.values() if {each["from"], *each["to"]} == pair]
        last = max(thread, key=lambda each: each["createdAt"])
        moment = {"createdAt": "2026-03-04T18:29:00.000Z"}
        if change == "another text":
            state.messages["ACnew"] = last | {"id": "ACnew"} | moment
        else:
            last |= {"text": "No, wait"} if change == "other words" else moment
        anew = await by_hand(quo, "quo_send_message", text, ACCEPT, asked.request_state)
        assert isinstance(anew, types.InputRequiredResult)
        assert sent(quo) == []


@pytest.mark.parametrize("state", [None, "", "bm8=", "not base64 \ud800", "YS5iLmM=", "é"])
async def test_an_answer_to_a_question_that_was_never_asked_counts_for_nothing(phone, state):
    async with phone(elicitation_callback=Person()) as quo:
        if state and "\ud800" in state:
            state = state.replace("\ud800", "?")  # what JSON can carry
        anew = await by_hand(quo, "quo_send_message", TEXT, ACCEPT, state)
        assert isinstance(anew, types.InputRequiredResult)
        assert sent(quo) == []


async def test_a_state_with_half_a_character_is_not_ours():
    assert ApprovalSeal(b"key", 600).unseal("\ud800", "bound", now=0) is None


async def test_the_state_of_another_tool_counts_for_nothing(phone):
    async with phone(elicitation_callback=Person()) as quo:
        asked = await by_hand(quo, "quo_create_connection", {})
        anew = await by_hand(quo, "quo_send_message", TEXT, ACCEPT, asked.request_state)
        assert isinstance(anew, types.InputRequiredResult)
        assert writes(quo) == []


async def test_a_yes_expires():
    ours = ApprovalSeal(b"key", 600)
    state = ours.seal("ab" * 16, "bound", now=0)
    assert ours.unseal(state, "bound", now=600) == "ab" * 16
    assert ours.unseal(state, "bound", now=601) is None


async def test_a_server_takes_only_the_answers_to_its_own_questions():
    ours = ApprovalSeal(b"key", 600)
    state = ours.seal("ab", "bound", now=0)
    assert ours.unseal(state, "bound", now=0) == "ab"
    assert ApprovalSeal(b"other", 600).unseal(state, "bound", now=0) is None


@ERAS
async def test_no_argument_counts_as_a_persons_consent(phone, mode):
    async with phone(mode=mode, config={"approval": "required"}) as quo:
        for claim in ("approval", "confirm", "approved", "consent", "input_responses"):
            why = await quo.refused("quo_send_message", **TEXT, **{claim: True})
            assert "unknown argument" in why
        assert "must approve" in await quo.refused("quo_send_message", **TEXT)
        assert writes(quo) == []


@ERAS
@pytest.mark.parametrize("rule", ["auto", "never"])
async def test_where_nobody_can_be_asked_the_clients_own_question_has_to_do(phone, mode, rule):
    async with phone(mode=mode, config={"approval": rule}) as quo:
        await quo("quo_send_message", **TEXT)
        assert len(sent(quo)) == 1


@ERAS
async def test_never_asks_nobody(phone, mode):
    person = Person()
    async with phone(mode=mode, config={"approval": "never"}, elicitation_callback=person) as quo:
        await quo("quo_send_message", **TEXT)
        assert (len(sent(quo)), person.asked) == (1, [])


@ERAS
async def test_a_preview_asks_nobody(phone, mode):
    person = Person()
    async with phone(mode=mode, elicitation_callback=person) as quo:
        await quo("quo_send_message", **TEXT, dry_run=True)
        assert (sent(quo), person.asked) == ([], [])


@pytest.mark.parametrize("rule", ["auto", "required"])
async def test_a_client_that_only_says_it_can_ask_sends_nothing(phone, rule):
    async def broken(_context, _params):
        return types.ErrorData(code=-32601, message="Method not found")

    async with phone(mode="legacy", config={"approval": rule}, elicitation_callback=broken) as quo:
        assert "returned no valid answer" in await quo.refused("quo_send_message", **TEXT)
        assert writes(quo) == []


async def test_a_modern_client_that_cannot_ask_after_all_sends_nothing(phone):
    async def broken(_context, _params):
        return types.ErrorData(code=-32601, message="Method not found")

    async with phone(elicitation_callback=broken) as quo:
        with pytest.raises(MCPError):
            await quo.client.call_tool("quo_send_message", TEXT)
        assert writes(quo) == []


async def test_a_person_who_never_answers_holds_a_call_up_for_so_long_only(phone, monkeypatch):
    monkeypatch.setattr(approval, "APPROVAL_LIFETIME", 0.01)

    async def gone(_context, _params):
        await anyio.sleep_forever()

    async with phone(mode="legacy", elicitation_callback=gone) as quo:
        assert "did not answer in time" in await quo.refused("quo_send_message", **TEXT)
        assert writes(quo) == []


@ERAS
async def test_what_changed_while_the_person_thought_still_counts(phone, mode):
    """They opt out while the question is on the screen."""
    messages = {}

    async def think(_context, _params):
        last = max(
            (each for each in messages.values() if each["from"] == JANE),
            key=lambda each: each["createdAt"],
        )
        last["text"] = "STOP"
        return ACCEPT

    async with phone(mode=mode, elicitation_callback=think) as quo:
        messages |= quo.box.state.messages
        result = await quo.client.call_tool("quo_send_message", TEXT)
        assert "opted out of texts" in result.content[0].text
        assert sent(quo) == []


@pytest.mark.parametrize(
    ("elicitation", "can"),
    [
        (None, False),
        (types.ElicitationCapability(), True),
        (types.ElicitationCapability(form=types.FormElicitationCapability()), True),
        (types.ElicitationCapability(url=types.UrlElicitationCapability()), False),
    ],
    ids=["none", "unsaid", "form", "links only"],
)
async def test_a_client_that_only_opens_links_cannot_ask(elicitation, can):
    assert supports_elicitation(types.ClientCapabilities(elicitation=elicitation)) is can
    assert not supports_elicitation(None)


@pytest.mark.parametrize("rule", ["auto", "required"])
async def test_stateless_http_has_no_way_back_and_required_then_refuses(rule):
    """The handshake era over stateless HTTP: a client that can ask, on a channel that cannot."""

    class Session:
        client_capabilities = types.ClientCapabilities(elicitation=types.ElicitationCapability())

        async def elicit_form(self, *_, **__):
            raise approval.NoBackChannelError("elicitation/create")

    class Context:
        session, protocol_version, request_id = Session(), "2025-11-25", 1

    ours = Approvals(rule)
    params = types.CallToolRequestParams(name="quo_send_message")
    if rule == "auto":
        assert await ours.ask(None, ApprovalPrompt("Send?"), Context(), params) is None
    else:
        with pytest.raises(approval.PolicyRefusal, match="must approve"):
            await ours.ask(None, ApprovalPrompt("Send?"), Context(), params)
