import pytest

from quo_mcp.sandbox import Fault

pytestmark = pytest.mark.anyio


@pytest.mark.maton
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_setup_is_checked_by_reading_alone(phone, snapshot, mode):
    async with phone(mode=mode) as quo:
        snapshot("results/setup.txt", await quo("quo_check_setup"))
        assert {each["method"] for each in quo.box.requests} == {"GET"}


@pytest.mark.maton
async def test_what_has_to_be_done_is_said_first(phone):
    async with phone() as quo:
        quo.box.inject(Fault("stale_connection", path="/quo/", times=None))
        first, *rest = (await quo("quo_check_setup")).splitlines()
        assert first == "Action needed: Connection."
        assert [line for line in rest if line.startswith("[problem] Connection: ")]


async def test_progress_is_reported_while_it_checks(phone):
    heard = []

    async def hear(done, total, message):
        heard.append((done, total, message))

    async with phone() as quo:
        await quo.client.call_tool("quo_check_setup", {}, progress_callback=hear)
    assert [done for done, _, _ in heard] == list(range(1, len(heard) + 1))
    assert {total for _, total, _ in heard} == {len(heard)}
    assert heard[0][2] == "Checking the API key"


async def test_a_state_directory_that_is_set_is_named_for_the_sandbox_too(phone, tmp_path):
    async with phone(config={"state_dir": tmp_path}) as quo:
        assert f"Using {tmp_path}." in await quo("quo_check_setup")
    async with phone() as quo:
        assert "sandbox sends are not saved" in await quo("quo_check_setup")
