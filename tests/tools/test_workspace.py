import pytest

from quo_mcp.sandbox import Fault
from sandbox.play import BENOIT, DESK, OWNER

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_numbers_are_listed_with_who_uses_them_and_what_they_may_not_do(
    phone, snapshot, mode
):
    async with phone(mode=mode) as quo:
        snapshot("results/numbers.txt", await quo("quo_list_phone_numbers"))


async def test_the_numbers_of_one_teammate_are_listed(phone, snapshot):
    async with phone() as quo:
        snapshot(
            "results/numbers_of_benoit.txt", await quo("quo_list_phone_numbers", teammate="benoit")
        )
        assert f"userId={BENOIT}" in [each["query"] for each in quo.box.requests]


async def test_a_number_that_forwards_and_is_being_ported_says_so(phone, snapshot):
    async with phone() as quo:
        number = quo.box.state.numbers[DESK]
        number |= {"forward": "+14155550188", "portingStatus": "pending", "name": None}
        number["restrictions"]["calling"] = {
            "US": "unrestricted",
            "CA": "restricted",
            "Intl": "restricted",
        }
        snapshot("results/number_odd.txt", await quo("quo_get_phone_number", inbox=DESK))


async def test_an_account_without_numbers_says_so(phone):
    async with phone() as quo:
        quo.box.state.numbers.clear()
        said = await quo("quo_list_phone_numbers")
        assert said == "No inboxes are visible to this account."


async def test_the_teammates_are_listed_a_page_at_a_time(phone, snapshot):
    async with phone() as quo:
        first = await quo("quo_list_users", limit=3)
        snapshot("results/users_first_page.txt", first)
        token = first.rpartition('page_token="')[2].split('"')[0]
        snapshot(
            "results/users_last_page.txt", await quo("quo_list_users", limit=3, page_token=token)
        )


async def test_a_page_token_that_quo_does_not_know_is_refused_with_its_reason(phone, snapshot):
    async with phone() as quo:
        snapshot(
            "results/users_bad_token.txt",
            await quo.refused("quo_list_users", page_token="nonsense"),
        )


@pytest.mark.parametrize(
    "said", ["Priya Raman", "priya", "priya@harborpine.example.com", "USp3RamanR3"]
)
async def test_a_teammate_is_shown_by_name_mail_or_id(phone, snapshot, said):
    async with phone() as quo:
        snapshot("results/user.txt", await quo("quo_get_user", user_id=said))


async def test_somebody_who_does_not_work_here_is_refused_with_those_who_do(phone, snapshot):
    async with phone() as quo:
        snapshot("results/user_unknown.txt", await quo.refused("quo_get_user", user_id="Boris"))


async def test_a_user_without_a_name_goes_by_mail_and_one_without_that_by_id(phone):
    async with phone() as quo:
        quo.box.state.users[OWNER] |= {"firstName": None, "lastName": None}
        quo.box.state.users[BENOIT] |= {"firstName": "", "lastName": None, "email": None}
        lines = (await quo("quo_list_users")).splitlines()
        assert lines[1].startswith("marisol@harborpine.example.com · ")
        assert lines[4] == f"{BENOIT} · member · {BENOIT}"


async def test_a_number_that_is_none_of_ours_is_refused_with_ours(phone, snapshot):
    async with phone() as quo:
        snapshot(
            "results/number_unknown.txt", await quo.refused("quo_get_phone_number", inbox="Sales")
        )


async def test_a_reply_of_the_wrong_types_is_refused_and_not_rendered(phone):
    async with phone() as quo:
        await quo("quo_list_users")
        quo.box.inject(Fault("wrong_types", path="/quo/v1/users"))
        assert "could not be read" in await quo.refused("quo_list_users")
