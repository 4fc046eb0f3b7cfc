"""A workspace with many contacts: a message by name does not read them all, and a restart need not either."""

import os
import stat

import anyio
import pytest

from quo_mcp.sandbox import Fault, Sandbox
from sandbox.play import DESK, ROSA, Clock

pytestmark = pytest.mark.anyio

LIST = "(/quo/v1/contacts)"  # a regular expression: without it, the single contacts as well
TEXT = {"text": "On our way.", "inbox": DESK}


def large_box(clock, count=1_500):
    """Return a sandbox with `count` more contacts than the usual ones."""
    box = Sandbox(seed=7, now=clock, sleep=clock.sleep, enforce_rate=False)
    some = next(iter(box.state.contacts.values()))
    for number in range(count):
        names = {"firstName": f"Extra{number}", "lastName": "Person", "company": None}
        phones = [{"name": "mobile", "value": f"+1303555{number:04d}", "id": "x"}]
        fields = some["defaultFields"] | names | {"phoneNumbers": phones, "emails": []}
        contact = some | {"id": f"{number:024x}", "defaultFields": fields, "customFields": []}
        box.state.contacts[contact["id"]] = contact
    return box


def rosa(box):
    return next(
        each
        for each in box.state.contacts.values()
        if each["defaultFields"]["phoneNumbers"][:1]
        and each["defaultFields"]["phoneNumbers"][0]["value"] == ROSA
    )


def pages_read(requests):
    return requests.count("GET /quo/v1/contacts")


async def until_refreshed(quo):
    with anyio.fail_after(30):
        while quo.account.directory.contacts.is_old:
            await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize("recipients", ["anyone", "known"])
async def test_a_text_by_name_an_hour_later_goes_out_before_the_contacts_are_read(
    phone, recipients
):
    clock = Clock()
    config = {"recipients": (recipients,), "duplicate_minutes": 0}
    async with phone(box=large_box(clock), clock=clock, config=config) as quo:
        await quo("quo_send_message", to="Rosa Delgado", **TEXT)
        await until_refreshed(quo)
        clock.wait(3600)
        quo.box.inject(Fault("error_before", path=LIST, times=None, status=503))
        result = await quo("quo_send_message", to="Rosa Delgado", **TEXT)
        assert [sent["to"] for sent in quo.box.ledger] == [[ROSA]] * 2
        assert (
            "Contact names are as of Wed 2026-03-04 10:30 (America/Los_Angeles): another contact of "
            "this name may have been added since then."
        ) in result


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lambda contact: contact["defaultFields"].update(firstName="Rosalind"), "Rosalind Delgado"),
        (
            lambda contact: contact["defaultFields"]["phoneNumbers"][0].update(
                value="+14155550177"
            ),
            'the number of "Rosa Delgado" was just changed in Quo',
        ),
    ],
    ids=["renamed", "another number"],
)
async def test_a_contact_that_changed_in_quo_meanwhile_is_not_texted(phone, change, refusal):
    clock = Clock()
    async with phone(box=large_box(clock), clock=clock) as quo:
        await quo("quo_find_contacts", query="Rosa")
        await until_refreshed(quo)
        clock.wait(3600)
        change(rosa(quo.box))
        await quo.refused("quo_send_message", refusal, to="Rosa Delgado", **TEXT)
        assert quo.box.ledger == []


async def test_a_small_workspace_is_read_again_before_each_text_as_ever(phone):
    async with phone(config={"duplicate_minutes": 0}) as quo:
        await quo("quo_send_message", to="Rosa Delgado", **TEXT)
        quo.clock.wait(3600)
        requests = await quo.requests("quo_send_message", to="Rosa Delgado", **TEXT)
        assert pages_read(requests) == 2
        assert f"GET /quo/v1/contacts/{rosa(quo.box)['id']}" in requests


async def test_a_search_without_a_match_answers_at_once_and_says_from_when_the_contacts_are(phone):
    clock = Clock()
    async with phone(box=large_box(clock), clock=clock) as quo:
        await quo("quo_find_contacts", query="Rosa")
        clock.wait(60)
        answer = await quo("quo_find_contacts", query="qqqqqqqq")
        assert "No contacts match" in answer
        assert "Contacts are as of Wed 2026-03-04 10:30 and are being refreshed now." in answer


async def test_after_a_restart_a_text_by_name_reads_one_contact(phone, tmp_path):
    clock = Clock()
    box = large_box(clock)
    config = {"state_dir": tmp_path, "keep_contacts": True, "duplicate_minutes": 0}
    async with phone(box=box, clock=clock, config=config) as quo:
        await quo("quo_send_message", to="Rosa Delgado", **TEXT)
    clock.wait(3600)
    box.inject(Fault("error_before", path=LIST, times=None, status=503))
    async with phone(box=box, clock=clock, config=config) as quo:
        requests = await quo.requests("quo_send_message", to="Rosa Delgado", **TEXT)
    assert requests.count(f"GET /quo/v1/contacts/{rosa(box)['id']}") == 1
    assert len(box.ledger) == 2


@pytest.mark.sqlite
@pytest.mark.parametrize("keep", [True, False])
async def test_contacts_are_on_disk_only_while_the_setting_says_so(phone, tmp_path, keep):
    state = tmp_path / "sandbox"
    async with phone(config={"state_dir": tmp_path, "keep_contacts": True}) as quo:
        await quo("quo_find_contacts", query="Rosa")
    files = [file for file in state.iterdir() if file.name.startswith("contacts.sqlite3")]
    assert files
    assert any(b"Delgado" in file.read_bytes() for file in files)
    if os.name != "nt":
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    async with phone(config={"state_dir": tmp_path, "keep_contacts": keep}) as quo:
        await quo("quo_find_contacts", query="Rosa")
    assert any(file.name.startswith("contacts") for file in state.iterdir()) == keep
    assert keep or not any(
        b"Delgado" in each.read_bytes() for each in state.iterdir() if each.is_file()
    )


@pytest.mark.sqlite
async def test_contacts_that_cannot_be_deleted_are_named(phone, tmp_path, caplog):
    (tmp_path / "sandbox" / "contacts.sqlite3").mkdir(parents=True)
    async with phone(config={"state_dir": tmp_path}) as quo:
        await quo("quo_find_contacts", query="Rosa")
    assert "contacts.sqlite3" in caplog.text
    assert "could not be deleted" in caplog.text
