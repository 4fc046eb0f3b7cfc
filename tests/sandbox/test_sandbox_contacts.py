"""Contacts: creation, lookup, deletion, and the deletions that a PATCH implies."""

import pytest

pytestmark = pytest.mark.anyio

NORA = {
    "defaultFields": {
        "firstName": "Nora",
        "lastName": "Lund",
        "company": "Lund & Co",
        "role": "Owner",
        "phoneNumbers": [
            {"name": "mobile", "value": "+14155550190"},
            {"name": "work", "value": "+14155550191"},
        ],
        "emails": [{"name": "work", "value": "nora@example.com"}],
    },
    "customFields": [
        {"key": "system", "value": "Gas furnace, 2012"},
        {"key": "gate-code", "value": 42},
    ],
    "externalId": "n-1",
    "sourceUrl": "https://crm.example.com/n-1",
}


async def create(http, **changes):
    reply = await http.post("/quo/v1/contacts", json=NORA | changes)
    assert reply.status_code == 201, reply.text
    return reply.json()["data"]


def values(contact, name):
    return [item["value"] for item in contact["defaultFields"][name]]


async def patch(http, contact, body):
    reply = await http.patch(f"/quo/v1/contacts/{contact['id']}", json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()["data"]


async def test_a_new_contact_is_kept_and_found(http):
    created = await create(http)
    response_data = (await http.get(f"/quo/v1/contacts/{created['id']}")).json()["data"]
    assert response_data == created
    assert (created["source"], created["externalId"]) == ("public-api", "n-1")
    listed = (await http.get("/quo/v1/contacts?maxResults=50&externalIds=n-1")).json()["data"]
    assert listed == [created]
    sources = (await http.get("/quo/v1/contacts?maxResults=50&sources=public-api")).json()["data"]
    assert sources == [created]


async def test_a_patch_deletes_the_lists_that_it_leaves_out(http):
    changed = await patch(http, await create(http), {"defaultFields": {"company": "New"}})
    assert values(changed, "phoneNumbers") == []
    assert values(changed, "emails") == []
    assert changed["customFields"] == []
    fields = changed["defaultFields"]
    assert (fields["firstName"], fields["lastName"], fields["role"]) == ("Nora", "Lund", "Owner")
    assert (fields["company"], changed["externalId"]) == ("New", "n-1")


async def test_a_patch_of_labels_only_deletes_the_lists_too(http):
    body = {"externalId": None, "source": "crm", "sourceUrl": None}
    changed = await patch(http, await create(http), body)
    assert (values(changed, "phoneNumbers"), changed["customFields"]) == ([], [])
    assert (changed["externalId"], changed["source"], changed["sourceUrl"]) == (None, "crm", None)


async def test_a_patch_that_gives_everything_keeps_items_by_their_id_and_drops_nulls(http):
    created = await create(http)
    fields = created["defaultFields"]
    mobile, work = fields["phoneNumbers"]
    body = {
        "defaultFields": {
            "phoneNumbers": [
                mobile,
                work | {"value": None},
                {"name": "car", "value": "+14155550192"},
            ],
            "emails": fields["emails"],
        },
        "customFields": [
            {"id": created["customFields"][0]["id"], "value": "Heat pump"},
            {"key": "gate-code", "value": None},
            {"key": "service-plan", "value": True},
        ],
    }
    changed = await patch(http, created, body)
    assert values(changed, "phoneNumbers") == ["+14155550190", "+14155550192"]
    assert changed["defaultFields"]["phoneNumbers"][0]["id"] == mobile["id"]
    assert changed["defaultFields"]["emails"] == fields["emails"]
    values_by_key = {item["key"]: item["value"] for item in changed["customFields"]}
    assert values_by_key == {"system": "Heat pump", "service-plan": True}
    assert changed["customFields"][0]["id"] == created["customFields"][0]["id"]


async def test_an_external_id_is_given_once(http):
    first = await create(http)
    again = await http.post("/quo/v1/contacts", json=NORA)
    assert (again.status_code, again.json()["code"]) == (409, "0800409")
    other = await create(http, externalId="n-2")
    taken = await http.patch(f"/quo/v1/contacts/{other['id']}", json={"externalId": "n-1"})
    assert taken.status_code == 409
    await patch(http, first, {"externalId": "n-1"})


@pytest.mark.parametrize(
    ("changes", "status", "says"),
    [
        ({"defaultFields": {"lastName": "Lund"}}, 400, "defaultFields/firstName"),
        ({"defaultFields": None}, 400, "defaultFields"),
        ({"defaultFields": {"firstName": 5}}, 400, "defaultFields/firstName"),
        ({"defaultFields": {"firstName": "N", "emails": "n@example.com"}}, 400, "emails"),
        ({"defaultFields": {"firstName": "N", "emails": ["n@example.com"]}}, 400, "emails/0"),
        ({"defaultFields": {"firstName": "N", "emails": [{"name": "home"}]}}, 400, "emails/0"),
        (
            {"defaultFields": {"firstName": "N", "emails": [{"name": "a", "value": 1}]}},
            400,
            "value",
        ),
        ({"source": "csv-import"}, 400, "reserved"),
        ({"source": "zapier"}, 400, "reserved"),
        ({"source": "x" * 73}, 400, "source"),
        ({"sourceUrl": "crm/n-1"}, 400, "sourceUrl"),
        ({"externalId": ""}, 400, "externalId"),
        ({"customFields": [{"key": "nothing", "value": 1}]}, 400, "nothing"),
        ({"customFields": ["system"]}, 400, "None"),
        ({"customFields": [{"key": "system"}]}, 400, "system"),
        ({"customFields": [{"key": "system", "value": 5}]}, 400, "system"),
        ({"customFields": [{"key": "gate-code", "value": True}]}, 400, "gate-code"),
        ({"customFields": [{"key": "service-plan", "value": "yes"}]}, 400, "service-plan"),
        ({"customFields": [{"key": "tags", "value": "vip"}]}, 400, "tags"),
        ({"customFields": [{"key": "last-service", "value": "2026-13-01T00:00:00Z"}]}, 400, "last"),
        ({"createdByUserId": "Tom"}, 400, "createdByUserId"),
        ({"createdByUserId": "USnone"}, 404, "not found"),
    ],
)
async def test_a_contact_that_cannot_be_made_is_refused(box, http, changes, status, says):
    before = len(box.state.contacts)
    reply = await http.post("/quo/v1/contacts", json=NORA | changes)
    assert (reply.status_code, len(box.state.contacts)) == (status, before)
    assert says in reply.json()["message"]


async def test_a_misfit_custom_field_has_quos_own_code(http):
    body = {"customFields": [{"key": "nothing", "value": 1}]}
    reply = (await http.post("/quo/v1/contacts", json=NORA | body)).json()
    assert (reply["code"], reply["title"]) == ("0801400", "Invalid Custom Field Item")


async def test_a_deleted_contact_is_gone(box, http):
    created = await create(http)
    reply = await http.delete(f"/quo/v1/contacts/{created['id']}")
    assert (reply.status_code, reply.content) == (204, b"")
    assert (await http.get(f"/quo/v1/contacts/{created['id']}")).status_code == 404
    assert created["id"] not in box.state.contacts


async def test_contacts_fill_more_than_one_page_of_fifty(http):
    first = (await http.get("/quo/v1/contacts?maxResults=50")).json()
    query = {"maxResults": 50, "pageToken": first["nextPageToken"]}
    second = (await http.get("/quo/v1/contacts", params=query)).json()
    assert len(first["data"]) == 50
    assert second["data"]
    assert second["nextPageToken"] is None


async def test_a_page_goes_on_where_it_was_when_its_last_item_is_deleted(box, http):
    everyone = list(box.state.contacts)
    first = (await http.get("/quo/v1/contacts?maxResults=3")).json()
    await http.delete(f"/quo/v1/contacts/{everyone[2]}")
    query = {"maxResults": 3, "pageToken": first["nextPageToken"]}
    second = (await http.get("/quo/v1/contacts", params=query)).json()
    assert [contact["id"] for contact in second["data"]] == everyone[4:7]
