import pytest

from sandbox.play import DESK, OWNER

pytestmark = pytest.mark.anyio


def conversation_with(box, number):
    return next(
        each for each in box.state.conversations.values() if each["participants"] == [number]
    )


async def test_threads_are_listed_by_latest_activity_a_page_at_a_time(phone, snapshot):
    async with phone() as quo:
        first = await quo("quo_list_conversations", limit=6)
        snapshot("results/conversations_first_page.txt", first)
        token = first.rpartition('page_token="')[2].split('"')[0]
        following = await quo("quo_list_conversations", limit=6, page_token=token)
        snapshot("results/conversations_second_page.txt", following)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("of_inbox", {"inboxes": ["marisol direct"], "limit": 4}),
        ("of_user", {"user_id": "Benoît", "limit": 3}),
        ("of_a_day", {"updated_since": "yesterday", "updated_until": "yesterday"}),
        ("new", {"created_since": "yesterday"}),
        ("active", {"exclude_inactive": True, "inboxes": "Emergency line"}),
        ("none", {"updated_since": "today", "inboxes": ["Marisol direct"]}),
    ],
)
async def test_threads_are_narrowed_down(phone, snapshot, name, arguments):
    async with phone() as quo:
        snapshot(
            f"results/conversations_{name}.txt", await quo("quo_list_conversations", **arguments)
        )


@pytest.mark.parametrize("arguments", [{}, {"created_since": "yesterday"}])
async def test_what_is_not_narrowed_by_quos_reckoning_needs_no_remark(phone, arguments):
    async with phone() as quo:
        result = await quo("quo_list_conversations", **arguments, limit=2)
        assert "Quo" not in result


async def test_nothing_found_needs_no_remark(phone):
    async with phone() as quo:
        quo.box.state.conversations.clear()
        arguments = {"updated_since": "today", "exclude_inactive": True}
        assert await quo("quo_list_conversations", **arguments) == "No matching conversations."


async def test_odd_threads_are_shown(phone, snapshot):
    async with phone() as quo:
        state = quo.box.state
        quo.clock.wait(60)
        for people in (["22395"], ["Anonymous"], ["+14155550111", "+14155550199"], []):
            thread = state.ensure_conversation(DESK, people, quo.clock())
            thread |= {
                "updatedAt": "2026-03-04T18:31:00.000Z",
                "lastActivityAt": "2026-03-04T18:31:00.000Z",
            }
        thread |= {
            "mutedUntil": "2026-03-05T18:31:00.000Z",
            "snoozedUntil": "2026-03-04T18:00:00.000Z",
            "phoneNumberId": "PNgone",
            "assignedTo": "SYUk7Rz3mTq9",
            "lastActivityAt": "2026-03-04T18:31:30.000Z",
        }
        snapshot("results/conversations_odd.txt", await quo("quo_list_conversations", limit=4))


async def test_threads_of_somebody_who_does_not_use_a_number_are_refused(phone, snapshot):
    async with phone() as quo:
        arguments = {"inboxes": ["Marisol direct"], "user_id": "Tom"}
        snapshot(
            "results/conversations_not_allowed.txt",
            await quo.refused("quo_list_conversations", **arguments),
        )
        assert OWNER in quo.box.state.users
