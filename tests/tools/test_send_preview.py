"""Previews of sends: blockers, warnings, and when the user is asked."""

import anyio
import mcp_types as types
import pytest

from quo_mcp.sandbox import Fault
from quo_mcp.server.databases import JOURNAL_FILE
from sandbox.play import DESK, JANE, ROSA

pytestmark = pytest.mark.anyio

TEXT = {"to": ROSA, "text": "We are on our way to you.", "inbox": DESK}
CLEAR = "\nReady to send: call again without dry_run."
ELSE_CLEAR = (
    "\nNo blockers, but check the warnings above. To send the text, call again without dry_run."
)


async def preview(quo, **arguments):
    """Return a dry run's result, after checking that it sent and recorded nothing."""
    before = len(quo.box.ledger), await quo.account.outbox.list_recent(99)
    result = await quo("quo_send_message", **TEXT | arguments, dry_run=True)
    assert (len(quo.box.ledger), await quo.account.outbox.list_recent(99)) == before
    assert result.startswith("Preview only; not sent.\n")
    return result


def blocker_lines(result):
    """Return the lines that name blockers."""
    _, separator, blockers = result.partition("\nWould be blocked:\n")
    assert separator
    assert "Ready to send" not in result
    return [line for line in blockers.splitlines() if line.startswith("- ")]


async def send_with_unknown_outcome(quo, **arguments):
    quo.box.inject(
        Fault("late_commit", method="POST", path="/quo/v1/messages", status=502, seconds=60)
    )
    return await quo("quo_send_message", **TEXT | arguments)


async def test_a_text_that_went_out_is_said_not_to_go_out_again(phone, snapshot):
    async with phone() as quo:
        assert CLEAR in await preview(quo)
        await quo("quo_send_message", **TEXT)
        quo.clock.wait(60)
        result = await preview(quo, text="we are on our way to you!")
        snapshot("results/dry_run_sent_before.txt", result)
        [line] = blocker_lines(result)
        assert line.startswith("- The same text was already sent to Rosa Delgado")


async def test_again_is_said_to_send_it_once_more(phone):
    async with phone() as quo:
        await quo("quo_send_message", **TEXT)
        quo.clock.wait(61)
        result = await preview(quo, allow_duplicate=True)
        assert (
            "\nThe same text was already sent to them at Wed 2026-03-04 10:30. This sends it again.\n"
            in result
        )
        assert ELSE_CLEAR in result
        await quo("quo_send_message", **TEXT, allow_duplicate=True)
        result = await preview(quo, allow_duplicate=True)
        assert "This sends it again" not in result
        assert blocker_lines(result)[0].startswith("- The same text was already repeated")
        quo.clock.wait(600)
        result = await preview(quo, allow_duplicate=True)
        assert "The same text" not in result
        assert CLEAR in result


@pytest.mark.parametrize("allow_duplicate", [True, False])
async def test_a_text_of_unknown_outcome_is_said_to_stand_in_the_way(phone, allow_duplicate):
    async with phone() as quo:
        await send_with_unknown_outcome(quo)
        [line] = blocker_lines(await preview(quo, allow_duplicate=allow_duplicate))
        assert line.startswith("- Outcome unknown: the text to Rosa Delgado")
        assert "even with allow_duplicate" in line


async def test_a_text_that_is_on_its_way_is_said_to_stand_in_the_way(phone):
    async with phone() as quo:
        posting, let_go = anyio.Event(), anyio.Event()
        answer = quo.box._respond

        async def held_up(request, path):
            if request.method == "POST":
                posting.set()
                await let_go.wait()
            return await answer(request, path)

        quo.box._respond = held_up
        async with anyio.create_task_group() as group:
            group.start_soon(quo.client.call_tool, "quo_send_message", TEXT)
            await posting.wait()
            [line] = blocker_lines(await preview(quo, allow_duplicate=True))
            assert line.startswith("- In progress: the text to Rosa Delgado")
            assert "is being sent (started at" in line
            let_go.set()
        assert len(quo.box.ledger) == 1


async def test_a_used_key_is_said_to_stand_in_the_way(phone):
    async with phone() as quo:
        await quo("quo_send_message", **TEXT, idempotency_key="monday")
        [line] = blocker_lines(await preview(quo, idempotency_key="monday", text="Something else"))
        assert '- The idempotency_key "monday" was already used for a different text' in line
        result = await preview(quo, idempotency_key="monday", allow_duplicate=True)
        assert len(blocker_lines(result)) == 1
        assert (
            "\n  To send it again on purpose, set allow_duplicate and use a new idempotency_key, or omit it.\n"
            in result
        )


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("max_per_minute", "at most 1 text per minute. You can send again in about 1 min"),
        ("max_per_hour", "at most 1 text per hour"),
        ("max_per_day", "at most 1 text per day"),
        ("max_per_person_hour", "at most 1 text per hour to one person"),
        ("max_per_person_day", "at most 1 text per day to one person"),
        ("max_cents_per_day", "at most $0.01 of texts per day"),
    ],
)
async def test_a_limit_that_is_reached_is_said_before_and_nobody_is_asked(phone, setting, words):
    prompts = []

    async def ask(_context, params):
        prompts.append(params.message)
        return types.ElicitResult(action="accept")

    async with phone(config={setting: 1}, elicitation_callback=ask) as quo:
        await quo("quo_send_message", **TEXT)
        other = {"text": "Something else"}
        [line] = blocker_lines(await preview(quo, **other))
        assert words in line
        assert words in await quo.refused("quo_send_message", **TEXT | other)
        assert len(prompts) == len(quo.box.ledger) == 1


async def test_a_journal_that_cannot_be_written_is_said_before(phone, tmp_path):
    (tmp_path / "sandbox" / JOURNAL_FILE).mkdir(parents=True)
    async with phone(config={"state_dir": tmp_path}) as quo:
        result = await quo("quo_send_message", **TEXT, dry_run=True)
        [line] = blocker_lines(result)
        assert "Nothing is sent without it" in line
        await quo.refused("quo_send_message", "Nothing is sent without it", **TEXT)


async def test_all_that_stands_against_it_is_said_at_once(phone):
    async with phone(config={"max_per_day": 0, "denied": (ROSA,)}) as quo:
        lines = blocker_lines(await preview(quo, text="Hi {name}, [time]?"))
        parts = ("QUO_MCP_DENIED", '"{name}", "[time]"', "0 texts per day")
        assert all(part in line for part, line in zip(parts, lines, strict=True))


async def test_a_doubt_does_not_contradict_the_verdict(phone):
    async with phone() as quo:
        result = await preview(quo, text="The price is TBD")
        assert '\nThe text may contain an unfilled placeholder: "TBD".\n' in result
        assert ELSE_CLEAR in result


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_nobody_is_asked_about_a_text_that_would_not_be_sent_again(phone, mode):
    prompts = []

    async def ask(_context, params):
        prompts.append(params.message)
        return types.ElicitResult(action="accept")

    async with phone(mode=mode, elicitation_callback=ask) as quo:
        await quo("quo_send_message", **TEXT)
        result = await quo("quo_send_message", **TEXT)
        assert result.startswith("Not sent again: the same text was already sent to Rosa Delgado")
        assert result.endswith("Times are in America/Los_Angeles.")
        await quo("quo_send_message", **TEXT, allow_duplicate=True)
        assert len(prompts) == len(quo.box.ledger) == 2
        assert "The same text was already sent to them at Wed 2026-03-04 10:30" in prompts[1]


async def test_nobody_is_asked_about_a_group_of_one(phone):
    async def ask(_context, _params):
        raise AssertionError

    async with phone(elicitation_callback=ask) as quo:
        twice = {"to": [ROSA, "(510) 555-0153"], "text": "Hi", "inbox": DESK}
        await quo.refused("quo_send_group_message", "there is no group", **twice)


async def test_much_the_same_is_pointed_out_before_it_is_sent(phone):
    async with phone() as quo:
        await quo("quo_send_message", **TEXT)
        quo.clock.wait(125)
        line = (
            "\nNearly the same text was sent to them 2 min 5 s ago:\n> We are on our way to you.\n"
        )
        result = await preview(quo, text="We are not on our way to you.")
        assert line in result
        assert ELSE_CLEAR in result
        assert line not in await preview(quo, text="Where are you?")
        assert line not in await preview(quo, to=JANE, text="We are not on our way to you.")
        quo.clock.wait(600)
        assert line not in await preview(quo, text="We are not on our way to you.")


async def test_much_the_same_that_may_not_have_arrived_is_said_to_be_so(phone):
    async with phone() as quo:
        await send_with_unknown_outcome(quo)
        result = await preview(quo, text="We are not on our way to you.")
        assert "\nNearly the same text may have been sent to them a moment ago:\n" in result


@pytest.mark.parametrize(
    ("first", "then", "alike"),
    [
        (
            "Your boat is ready, come by",
            "Your boat is ready; come by!!! :)",
            False,
        ),  # it is the same
        ("Your boat is ready at 9:30", "Your boat is ready at 9:45", True),
        ("我们明天上午九点半过来修理水管", "我们明天上午九点过来修理水管", True),
        ("Your boat is ready at 9:30", "Your bill is ready: $930 in all", False),
        ("Your boat is ready at 9:30", "Your bill is ready at 9:30", False),  # 88 of 100
        ("Order 1", "Order 2", False),  # too short to tell
        ("On my way", "On our way", False),
        ("明天见", "明天来", False),
    ],
)
async def test_only_nearly_the_same_words_are_pointed_out(phone, first, then, alike):
    async with phone() as quo:
        await quo("quo_send_message", **TEXT | {"text": first})
        assert ("Nearly the same text was sent" in await preview(quo, text=then)) is alike


async def test_numbered_texts_all_go_out(phone):
    async with phone() as quo:
        for number in range(5):
            result = await quo("quo_send_message", **TEXT | {"text": f"Order {number}"})
            assert result.startswith("Sent to ")
            assert "Nearly the same" not in result
        assert len(quo.box.ledger) == 5


async def test_what_is_worth_a_word_never_stops_a_text(phone, monkeypatch):
    async with phone() as quo:
        monkeypatch.setattr(quo.account.outbox._journal, "find_similar", lambda *_, **__: 1 / 0)
        assert CLEAR in await preview(quo)
        await quo("quo_send_message", **TEXT)
        assert len(quo.box.ledger) == 1


async def test_a_text_that_was_not_delivered_is_said_to_be(phone):
    async with phone() as quo:
        quo.box.state.unreachable.add(ROSA)
        await quo("quo_send_message", **TEXT)
        quo.clock.wait(5)
        result = await preview(quo, text="Hello?")
        assert "\nYour last message to them was not delivered.\n" in result
        assert " outgoing by Marisol Vega · undelivered · AC" in result
        assert ELSE_CLEAR in result
        quo.box.state.unreachable.clear()
        await quo("quo_send_message", **TEXT, allow_duplicate=True)
        quo.clock.wait(5)
        assert "not delivered." not in await preview(quo, text="Hello?")


async def test_a_yes_holds_though_what_became_of_the_last_text_has_changed_since(phone):
    prompts = []

    async def ask(_context, params):
        prompts.append(params.message)
        if len(prompts) == 2:
            quo.clock.wait(5)
        return types.ElicitResult(action="accept")

    async with phone(elicitation_callback=ask) as quo:
        await quo("quo_send_message", **TEXT)
        await quo("quo_send_message", **TEXT | {"text": "Hello?"})
        assert len(prompts) == len(quo.box.ledger) == 2
        assert " outgoing by Marisol Vega · queued · AC" in prompts[1]


@pytest.mark.parametrize(
    ("to", "words"),
    [
        (
            "+18005550199",
            "+1 800 555 0199 is a toll-free number, which often cannot receive texts.",
        ),
        ("+442079460018", "+44 20 7946 0018 is a landline, which often cannot receive texts."),
    ],
)
async def test_a_number_that_seldom_takes_texts_is_pointed_out_and_may_be_texted(phone, to, words):
    async with phone(config={"countries": ("any",)}) as quo:
        result = await preview(quo, to=to)
        assert f"\n{words}\n" in result
        assert ELSE_CLEAR in result
        await quo("quo_send_message", **TEXT | {"to": to})
        assert len(quo.box.ledger) == 1
