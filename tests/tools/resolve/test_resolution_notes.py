"""The notes about how an argument was resolved, which go with the result or with the refusal."""

import anyio
import pytest

from quo_mcp.errors import GatewayError, RateLimited, Refusal
from quo_mcp.sandbox import Fault
from sandbox.play import DESK, ROSA

ZOE = "+14155550137"
pytestmark = pytest.mark.anyio

WITH_EXTENSION = "+1 415 555 0111 ext. 12"
NOTE = "Extension 12 was ignored.\n"


async def test_a_note_about_one_person_goes_with_the_refusal_of_the_next(phone):
    async with phone() as quo:
        to = [WITH_EXTENSION, "Zebediah"]
        why = await quo.refused("quo_send_group_message", to=to, text="Hello", inbox=DESK)
        assert why.startswith(f'{NOTE}No contact matches "Zebediah"')


async def test_a_note_about_a_person_goes_with_the_refusal_of_an_inbox(phone):
    async with phone() as quo:
        why = await quo.refused("quo_list_messages", person=WITH_EXTENSION, inbox="Nope")
        assert why.startswith(f'{NOTE}No inbox matches "Nope".')


async def test_a_note_goes_with_the_refusal_of_a_rule(phone):
    async with phone(config={"recipients": (ROSA,)}) as quo:
        text = {"to": WITH_EXTENSION, "text": "Hello", "inbox": DESK}
        assert (await quo.refused("quo_send_message", **text)).startswith(f"{NOTE}Not sent: ")


async def test_a_note_goes_with_a_thread_that_is_not_found(phone):
    async with phone() as quo:
        why = await quo.refused(
            "quo_mark_conversation", conversation="+1 415 555 0199 ext. 12", state="done"
        )
        assert why == f"{NOTE}No one-to-one conversation with +1 415 555 0199 found."


async def test_a_near_match_is_named_where_its_number_is_a_short_code(phone):
    async with phone() as quo:
        for contact in quo.box.state.contacts.values():
            for number in contact["defaultFields"]["phoneNumbers"]:
                number["value"] = "22395" if number["value"] == ZOE else number["value"]
        zoe = "Zoë Brännström, Café Söder"
        why = await quo.refused("quo_list_messages", person="Café Söder", inbox=DESK)
        assert why.startswith(f"Using {zoe} (22395), the only close match.\n22395 is a ")


async def test_calls_that_wait_for_the_same_failing_load_do_not_get_each_others_notes(phone):
    async with phone() as quo:
        quo.box.inject(Fault("error_before", path="/quo/v1/contacts", status=403, times=None))
        reasons = {}

        async def send(extension):
            to = [f"+1 415 555 0111 ext. {extension}", "Zebediah"]
            reasons[extension] = await quo.refused(
                "quo_send_group_message", to=to, text=f"Hello {extension}", inbox=DESK
            )

        async with anyio.create_task_group() as group:
            group.start_soon(send, 12)
            group.start_soon(send, 34)
        reads = [each for each in quo.box.requests if each["path"] == "/quo/v1/contacts"]
        assert len(reads) == 1
        for extension, why in reasons.items():
            assert why.startswith(f"Extension {extension} was ignored.\n")
            assert why.count("was ignored") == 1


def subclasses(of):
    return {of}.union(*map(subclasses, of.__subclasses__()))


@pytest.mark.parametrize("kind", sorted(subclasses(Refusal), key=lambda kind: kind.__name__))
def test_every_refusal_can_carry_notes_and_stays_as_it_was(kind):
    refusal = kind("No.")
    carrying = refusal.with_notes(["second"]).with_notes(["first"])
    assert (type(carrying), str(carrying)) == (kind, "No.")
    assert (carrying.notes, refusal.notes) == (("first", "second"), ())


def test_a_refusal_with_notes_keeps_what_the_gateway_said():
    refusal = RateLimited("Wait.", status=429, source="gateway", code="7", retry_after=3.0)
    carrying = refusal.with_notes(["note"])
    assert isinstance(carrying, GatewayError)
    assert (carrying.status, carrying.source, carrying.code) == (429, "gateway", "7")
    assert carrying.retry_after == 3.0
