"""AI call summaries, with the parties and time of their call."""

import pytest

from quo_mcp.sandbox import Fault

pytestmark = pytest.mark.anyio


def find_summary(box, predicate):
    return next(each for each in box.state.summaries.values() if predicate(each))


async def test_a_summary_is_what_was_said_and_what_to_do(phone, snapshot):
    async with phone() as quo:
        summary = find_summary(quo.box, lambda each: each["nextSteps"])
        snapshot(
            "results/summary.txt", await quo("quo_get_call_summary", call_id=summary["callId"])
        )


async def test_what_sona_did_on_a_call_is_listed(phone, snapshot):
    async with phone() as quo:
        summary = find_summary(quo.box, lambda each: each["jobs"])
        summary["summary"].append("Sent.\nNext steps:\nText everybody")
        snapshot(
            "results/summary_by_sona.txt",
            await quo("quo_get_call_summary", call_id=summary["callId"]),
        )


async def test_a_summary_without_next_steps_says_so(phone, snapshot):
    async with phone() as quo:
        summary = find_summary(quo.box, lambda each: each["nextSteps"] == [])
        snapshot(
            "results/summary_no_steps.txt",
            await quo("quo_get_call_summary", call_id=summary["callId"]),
        )


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (
            "in-progress",
            "The summary is still in progress, although the call ended Wed 2026-03-04 06:31. It may never be ready.",
        ),
        ("failed", "Quo could not create a summary of this call."),
        ("absent", "This call has no summary."),
    ],
)
async def test_a_summary_that_is_not_there_says_why(phone, status, reason):
    async with phone() as quo:
        summary = find_summary(quo.box, lambda each: each["status"] == status)
        head, status_line, *_ = (
            await quo("quo_get_call_summary", call_id=summary["callId"])
        ).splitlines()
        assert head.startswith("AI summary · ")
        assert head.endswith(summary["callId"])
        assert status_line == f"  {reason}"


async def test_a_call_that_was_never_summed_up_is_told_from_no_call(phone):
    async with phone() as quo:
        call = next(each for each in quo.box.state.calls if each not in quo.box.state.summaries)
        assert "No summary for this call" in await quo("quo_get_call_summary", call_id=call)
        refusal = await quo.refused("quo_get_call_summary", call_id="ACnope")
        assert "Not found: no call with this id" in refusal


async def test_whose_call_it_was_costs_one_request_and_is_no_reason_to_fail(phone, snapshot):
    async with phone() as quo:
        summary = find_summary(quo.box, lambda each: each["nextSteps"])
        requests = await quo.requests("quo_get_call_summary", call_id=summary["callId"])
        assert sorted(each for each in requests if "/call" in each) == [
            f"GET /quo/v1/call-summaries/{summary['callId']}",
            f"GET /quo/v1/calls/{summary['callId']}",
        ]
        quo.box.inject(Fault("error_before", path="/quo/v1/calls", status=403, style="quo"))
        result = await quo("quo_get_call_summary", call_id=summary["callId"])
        snapshot("results/summary_without_the_call.txt", result)


async def test_a_summary_that_cannot_be_read_is_refused_for_its_own_reason(phone):
    async with phone() as quo:
        summary = find_summary(quo.box, lambda each: each["nextSteps"])
        for path in ("/quo/v1/call-summaries", "/quo/v1/calls"):
            quo.box.inject(Fault("error_before", path=path, status=403, style="quo"))
        refusal = await quo.refused("quo_get_call_summary", call_id=summary["callId"])
        assert "Quo does not allow this" in refusal


async def test_nothing_is_said_of_a_call_that_cannot_be_read_and_has_no_summary(phone):
    async with phone() as quo:
        call = next(each for each in quo.box.state.calls if each not in quo.box.state.summaries)
        quo.box.inject(Fault("error_before", path="/quo/v1/calls", status=403, style="quo"))
        refusal = await quo.refused("quo_get_call_summary", call_id=call)
        assert "Quo does not allow this" in refusal


async def test_several_summaries_come_in_one_call_in_the_order_given(phone, snapshot):
    async with phone() as quo:
        summaries = quo.box.state.summaries
        without = next(each for each in quo.box.state.calls if each not in summaries)
        call_ids = [
            find_summary(quo.box, lambda each: each["jobs"])["callId"],
            without,
            find_summary(quo.box, lambda each: each["status"] == "in-progress")["callId"],
        ]
        arguments = {"call_id": [*call_ids, call_ids[0]]}
        snapshot("results/summaries.txt", await quo("quo_get_call_summary", **arguments))
        requests = await quo.requests("quo_get_call_summary", **arguments)
        assert len([each for each in requests if "/call" in each]) == 6


async def test_twenty_summaries_are_read_at_once_and_more_are_refused(phone):
    async with phone() as quo:
        call_ids = list(quo.box.state.summaries)[:21]
        result = await quo("quo_get_call_summary", call_id=call_ids[:20])
        assert all(call_id in result for call_id in call_ids[:20])
        assert result.endswith("End of results.\nTimes are in America/Los_Angeles.")
        message = await quo.refused("quo_get_call_summary", call_id=call_ids)
        assert "call_id: 21 items given; the maximum is 20." in message


async def test_summaries_that_cannot_be_read_are_all_named_with_the_reason(phone):
    async with phone() as quo:
        call_ids = list(quo.box.state.summaries)[:7]
        for call_id in call_ids[:5]:
            path = f"/quo/v1/call-summaries/{call_id}"
            quo.box.inject(Fault("error_before", path=path, status=403, style="quo"))
        result = await quo("quo_get_call_summary", call_id=[*call_ids, "ACnope"])
        assert f"Not included (no access): {'; '.join(call_ids[:5])}." in result
        assert "Not included (not found): ACnope." in result
        assert "End of the results that could be read." in result
