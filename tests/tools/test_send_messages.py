"""Sends through the MCP client. The sandbox's ledger lists the messages Quo accepted."""

from contextlib import closing
from datetime import timedelta

import mcp_types as types
import pytest

from quo_mcp.safety.journal import Journal
from quo_mcp.safety.schema import MIGRATIONS
from quo_mcp.safety.send_record import SendRequest, SendState
from quo_mcp.sandbox import Fault
from quo_mcp.server.databases import JOURNAL_FILE
from sandbox.play import DESK, DIRECT, JANE, ROSA, STRANGER
from store.engines import open_database

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_text_is_sent_once_and_the_result_names_person_and_inbox(phone, snapshot, mode):
    async with phone(mode=mode) as quo:
        result = await quo("quo_send_message", to="Rosa Delgado", text="On our way.")
        snapshot("results/sent.txt", result)
        [sent] = quo.box.ledger
        assert (sent["to"], sent["content"]) == ([ROSA], "On our way.")
        assert "Rosa Delgado (+1 510 555 0153) from Front Desk (+1 415 555 0100)" in result


async def test_the_same_text_again_is_held_back_unless_it_is_meant(phone, snapshot):
    async with phone() as quo:
        arguments = {"to": ROSA, "text": "On our way.", "inbox": "Front Desk"}
        await quo("quo_send_message", **arguments)
        snapshot("results/sent_again.txt", await quo("quo_send_message", **arguments))
        assert len(quo.box.ledger) == 1
        await quo("quo_send_message", **arguments, allow_duplicate=True)
        assert len(quo.box.ledger) == 2


@pytest.mark.parametrize(("seconds", "count"), [(599, 1), (600, 2)])
async def test_the_same_text_is_held_back_for_ten_minutes(phone, seconds, count):
    async with phone() as quo:
        for _ in range(2):
            await quo("quo_send_message", to=ROSA, text="On our way.", inbox=DESK)
            quo.clock.wait(seconds)
        assert len(quo.box.ledger) == count


@pytest.mark.parametrize(("hours", "count"), [(23.9, 1), (24, 2)])
async def test_a_key_holds_a_text_back_for_a_day(phone, hours, count):
    async with phone() as quo:
        for _ in range(2):
            await quo(
                "quo_send_message",
                to=ROSA,
                text="On our way.",
                inbox=DESK,
                idempotency_key="monday",
            )
            quo.clock.wait(hours * 3600)
        assert len(quo.box.ledger) == count


async def test_a_text_that_another_process_could_not_send_is_refused_with_the_reason(
    phone, tmp_path
):
    async with phone(config={"state_dir": tmp_path}) as quo:
        file = tmp_path / "sandbox" / JOURNAL_FILE
        with closing(open_database(file, MIGRATIONS)) as database:
            other, journal = Journal(database), quo.account.outbox._journal
            send_id = other.reserve(
                SendRequest(quo.account.id, DESK, (ROSA,), "On our way."),
                now=quo.clock(),
                duplicate_window=timedelta(minutes=10),
            ).send_id
            other.begin(send_id, now=quo.clock())
            get = journal.get

            def get_once_it_failed(*args, **more):
                other.finish(send_id, SendState.REJECTED, reason="No.", now=quo.clock())
                return get(*args, **more)

            journal.get = get_once_it_failed
            refusal = await quo.refused("quo_send_message", to=ROSA, text="On our way.", inbox=DESK)
        assert (
            " from Front Desk (+1 415 555 0100) at Wed 2026-03-04 10:30 (America/Los_Angeles) was"
            in refusal
        )
        assert " rejected. Reason: No." in refusal
        assert quo.box.ledger == []


async def test_a_group_text_says_that_all_see_all(phone, snapshot):
    async with phone() as quo:
        result = await quo(
            "quo_send_group_message", to=["Rosa Delgado", JANE], text="Hello both", inbox=DESK
        )
        snapshot("results/sent_to_group.txt", result)
        [sent] = quo.box.ledger
        assert set(sent["to"]) == {ROSA, JANE}


async def test_who_sends_and_whether_the_thread_is_done_goes_along(phone):
    async with phone() as quo:
        result = await quo(
            "quo_send_message", to=ROSA, text="Done.", inbox=DESK, as_user="Tom", mark_done=True
        )
        assert "\nSent as Tom Okafor. Conversation marked as done.\n" in result
        [text] = [each for each in quo.box.state.messages.values() if each["text"] == "Done."]
        assert text["userId"] == "USt7OkafR2"
        assert quo.box.state.conversations[text["conversationId"]]["snoozedUntil"]


@pytest.mark.parametrize(
    ("besides", "before", "after"),
    [
        ({"as_user": "Tom"}, "\nSend as: Tom Okafor\n", "\nSent as Tom Okafor.\n"),
        (
            {"mark_done": True},
            "\nAfter sending: mark the conversation as done\n",
            "\nConversation marked as done.\n",
        ),
        (
            {"as_user": "Priya", "mark_done": True},
            "\nSend as: Priya Raman\nAfter sending: mark the conversation as done\n",
            "\nSent as Priya Raman. Conversation marked as done.\n",
        ),
    ],
)
async def test_as_whom_and_whether_it_is_done_is_shown_before_and_after(
    phone, besides, before, after
):
    async with phone() as quo:
        arguments = {"to": ROSA, "text": "On our way.", "inbox": DESK} | besides
        assert before in await quo("quo_send_message", **arguments, dry_run=True)
        assert after in await quo("quo_send_message", **arguments)


async def test_what_was_not_sent_again_marks_nothing_done_and_claims_nobody(phone):
    async with phone() as quo:
        arguments = {"to": ROSA, "text": "On our way.", "inbox": DESK}
        await quo("quo_send_message", **arguments)
        result = await quo("quo_send_message", **arguments, as_user="Tom", mark_done=True)
        assert result.startswith("Not sent again")
        assert "Tom" not in result
        assert "done" not in result


async def test_a_text_of_unknown_outcome_claims_nobody_and_nothing_done(phone):
    async with phone() as quo:
        quo.box.inject(
            Fault("late_commit", method="POST", path="/quo/v1/messages", status=502, seconds=60)
        )
        arguments = {"to": ROSA, "text": "On our way.", "inbox": DESK, "mark_done": True}
        result = await quo("quo_send_message", **arguments)
        assert result.startswith("Outcome unknown: ")
        assert "done" not in result


@pytest.mark.parametrize(
    ("tool", "to"),
    [("quo_send_message", ROSA), ("quo_send_group_message", [ROSA, JANE])],
)
async def test_the_same_text_in_other_case_and_punctuation_is_held_back_too(phone, tool, to):
    async with phone() as quo:
        await quo(tool, to=to, text="We come Friday at 9.", inbox=DESK)
        for text in ("WE COME FRIDAY AT 9.", "we come friday, at 9", "We come Friday at 9?!"):
            result = await quo(tool, to=to, text=text, inbox=DESK)
            assert result.startswith("Not sent again")
        assert len(quo.box.ledger) == 1
        await quo(tool, to=to, text="We come Friday at 9:30.", inbox=DESK)
        assert len(quo.box.ledger) == 2


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_text_that_was_never_filled_in_is_refused_and_nobody_is_asked(phone, mode):
    async def ask(_context, _params):
        raise AssertionError

    for answers in ({}, {"elicitation_callback": ask}):
        async with phone(mode=mode, **answers) as quo:
            arguments = {"to": ROSA, "text": "Hi [Name], see you at {time}", "inbox": DESK}
            result = await quo.refused("quo_send_message", **arguments)
            assert result.startswith('Not sent: unfilled placeholders "[Name]", "{time}".')
            assert quo.box.ledger == []


@pytest.mark.parametrize("approved", [True, False])
async def test_a_text_that_may_be_unfinished_is_sent_and_said_to_be_unless_a_person_saw_it(
    phone, approved
):
    prompts = []

    async def ask(_context, params):
        prompts.append(params.message)
        return types.ElicitResult(action="accept")

    async with phone(**({"elicitation_callback": ask} if approved else {})) as quo:
        result = await quo("quo_send_message", to=ROSA, text="The price is TBD", inbox=DESK)
        assert len(quo.box.ledger) == 1
        assert ('\nThe text may contain an unfilled placeholder: "TBD".' in result) is not approved
        assert [
            ('The text may contain an unfilled placeholder: "TBD".' in each) for each in prompts
        ] == [True] * approved


@pytest.mark.parametrize(
    ("name", "tool", "arguments"),
    [
        ("one", "quo_send_message", {"to": "Rosa Delgado", "text": "Café costs 5 €, naïve 👋"}),
        ("stranger", "quo_send_message", {"to": STRANGER, "text": "Hi", "inbox": "Front Desk"}),
        ("opted_out", "quo_send_message", {"to": "Walt", "text": "Hi", "inbox": "Front Desk"}),
        (
            "group",
            "quo_send_group_message",
            {
                "to": ["Oliver Ashworth", "Grace Liu", "Dana"],
                "text": "x" * 161,
                "inbox": "Front Desk",
            },
        ),
    ],
)
async def test_a_dry_run_shows_all_that_matters_and_sends_nothing(
    phone, snapshot, name, tool, arguments
):
    async with phone() as quo:
        snapshot(f"results/dry_run_{name}.txt", await quo(tool, **arguments, dry_run=True))
        assert quo.box.ledger == []
        assert "POST" not in {each["method"] for each in quo.box.requests}


@pytest.mark.parametrize(
    ("name", "tool", "arguments", "config"),
    [
        ("several", "quo_send_message", {"to": [ROSA, JANE]}, {}),
        ("several_in_text", "quo_send_message", {"to": f"{ROSA}, {JANE}"}, {}),
        ("opted_out", "quo_send_message", {"to": "Walt"}, {}),
        ("denied", "quo_send_message", {"to": ROSA}, {"denied": (ROSA,)}),
        ("premium", "quo_send_message", {"to": "+19005550123"}, {}),
        ("abroad", "quo_send_message", {"to": "+81 3 1234 5678"}, {}),
        ("short_code", "quo_send_message", {"to": "22395"}, {}),
        ("ourselves", "quo_send_message", {"to": "+15105550112"}, {}),
        ("not_known", "quo_send_message", {"to": STRANGER}, {"recipients": ("known",)}),
        ("ambiguous", "quo_send_message", {"to": "Jane"}, {}),
        ("nobody", "quo_send_message", {"to": "Wolfgang"}, {}),
        ("empty", "quo_send_message", {"to": ROSA, "text": ""}, {}),
        ("group_of_one", "quo_send_group_message", {"to": [ROSA, "(510) 555-0153"]}, {}),
        ("group_too_small", "quo_send_group_message", {"to": [ROSA]}, {}),
        ("group_in_text", "quo_send_group_message", {"to": "Luis Ocampo, Teresa Ocampo"}, {}),
        ("group_with_opted_out", "quo_send_group_message", {"to": [ROSA, "Walt"]}, {}),
        ("read_only", "quo_send_message", {"to": ROSA}, {"read_only": True}),
        ("nobody_to_ask", "quo_send_message", {"to": ROSA}, {"approval": "required"}),
    ],
)
async def test_a_text_that_may_not_be_sent_is_refused_and_is_not(  # noqa: PLR0917 - a table of them
    phone, snapshot, name, tool, arguments, config
):
    async with phone(config=config) as quo:
        result = await quo.refused(tool, **{"text": "Hi", "inbox": "Front Desk"} | arguments)
        snapshot(f"results/not_sent_{name}.txt", result)
        assert quo.box.ledger == []


async def test_one_person_in_a_list_is_one_person(phone):
    async with phone() as quo:
        await quo("quo_send_message", to=[ROSA], text="Hi", inbox="Front Desk")
        assert [each["to"] for each in quo.box.ledger] == [[ROSA]]


async def test_a_lost_reply_is_looked_up_and_the_text_is_found(phone):
    async with phone() as quo:
        quo.box.inject(Fault("lost_reply", method="POST", path="/quo/v1/messages"))
        result = await quo("quo_send_message", to=ROSA, text="On our way.", inbox="Front Desk")
        assert result.startswith("Sent to Rosa Delgado")
        assert len(quo.box.ledger) == 1


async def test_a_text_of_unknown_outcome_is_said_to_be_and_found_out_later(phone, snapshot):
    async with phone() as quo:
        fault = Fault("late_commit", method="POST", path="/quo/v1/messages", status=502, seconds=60)
        quo.box.inject(fault)
        result = await quo("quo_send_message", to=ROSA, text="On our way.", inbox="Front Desk")
        send_id = result.partition('send_id="')[2].partition('"')[0]
        snapshot("results/sent_perhaps.txt", result.replace(send_id, "send_…"))
        quo.clock.wait(90)
        later = await quo("quo_get_send_status", send_id=send_id)
        snapshot("results/sent_after_all.txt", later)
        assert len(quo.box.ledger) == 1


async def test_a_send_that_never_was_is_refused(phone, snapshot):
    async with phone() as quo:
        snapshot(
            "results/send_unknown.txt", await quo.refused("quo_get_send_status", send_id="send_abc")
        )


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("answer", ["accept", "decline"])
async def test_a_person_is_asked_where_the_client_can(phone, snapshot, mode, answer):
    prompts = []

    async def ask(_context, params):
        prompts.append(params.message)
        return types.ElicitResult(action=answer)

    async with phone(mode=mode, elicitation_callback=ask) as quo:
        call = {"to": "Rosa Delgado", "text": "On our way.", "inbox": "Marisol direct"}
        if answer == "accept":
            await quo("quo_send_message", **call)
            assert [each["from"] for each in quo.box.ledger] == ["+15105550112"]
        else:
            assert "said no" in await quo.refused("quo_send_message", **call)
            assert quo.box.ledger == []
        snapshot("results/question_before_sending.txt", "\n".join(prompts))
        assert quo.box.state.numbers[DIRECT]["number"] == "+15105550112"


async def test_a_call_that_was_made_before_is_answered_without_asking_quo_anything(phone):
    async with phone(config={"approval": "never"}) as quo:
        hello = {"to": JANE, "text": "Hello", "inbox": DESK}
        await quo("quo_send_message", **hello)
        quo.box.requests.clear()
        assert (await quo("quo_send_message", **hello)).startswith("Not sent again: ")
        assert quo.box.requests == []


async def test_what_does_not_show_is_not_sent_either(phone):
    async with phone(config={"approval": "never"}) as quo:
        text = "Pay to acct \u202e4321\u202c\U000e0041\u200b now\x1b[31m red"
        await quo("quo_send_message", to=JANE, text=text, inbox=DESK)
        (sent,) = quo.box.ledger
        assert quo.box.state.messages[sent["id"]]["text"] == "Pay to acct 4321 now red"
