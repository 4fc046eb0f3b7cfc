"""Contacts and the definitions of their custom fields.

A PATCH replaces: e-mails, phone numbers and custom fields that its body leaves out are deleted,
and an item whose value is null goes too. Names, company and role stay unless they are given.
"""

from typing import Any

from quo_mcp.sandbox.error_responses import not_found, quo_error
from quo_mcp.sandbox.http import Json, Refused, Reply, Request, iso
from quo_mcp.sandbox.paging import page
from quo_mcp.sandbox.request_validation import URI, USER, Body, Query, moment, place
from quo_mcp.sandbox.state import World

CONTACTS, FIELDS = "08", "07"
RESERVED = {"openphone", "device", "csv", "zapier", "google-people", "other"}
NAMES = ("firstName", "lastName", "company", "role")


def list_contacts(world: World, request: Request) -> Reply:
    query = Query(request, CONTACTS)
    external, sources = query.many("externalIds", longest=75), query.many("sources", longest=75)
    size, token = query.whole("maxResults", 1, 50), query.one("pageToken")
    query.settled()
    found = [
        contact
        for contact in world.contacts.values()
        if (not external or contact["externalId"] in external)
        and (not sources or contact["source"] in sources)
    ]
    return Reply.of(page(found, request, query, size=size, token=token))


def _one(world: World, request: Request) -> Json:
    found = world.contacts.get(place(request, CONTACTS, "id"))
    if found is None:
        raise not_found(CONTACTS, "Contact")
    return found


def get_contact(world: World, request: Request) -> Reply:
    return Reply.of({"data": _one(world, request)})


def create_contact(world: World, request: Request) -> Reply:
    body = Body(request, CONTACTS)
    user = body.text("createdByUserId", USER)
    source = body.text("source", at_least=1, at_most=72) or "public-api"
    if source in RESERVED or source.startswith(("openphone", "csv")):
        body.complain("source", "This source is reserved", source, type="string")
    labels = _labels(body, {"source": source, "sourceUrl": None, "externalId": None})
    defaults = _defaults(world, body, None)
    fields = _custom_fields(world, body, [])
    body.settled()
    _unique(world, labels["externalId"], None)
    if user is not None and user not in world.users:
        raise not_found(CONTACTS, "User")
    at = iso(world.now())
    contact = {
        "id": world.new_id("", 24),
        **labels,
        "defaultFields": defaults,
        "customFields": fields,
        "createdAt": at,
        "updatedAt": at,
        "createdByUserId": user or world.owner,
    }
    world.contacts[contact["id"]] = contact
    return Reply.of({"data": contact}, 201)


def update_contact(world: World, request: Request) -> Reply:
    contact = _one(world, request)
    body = Body(request, CONTACTS)
    kept = {name: contact[name] for name in ("source", "sourceUrl", "externalId")}
    if "source" in body.given:
        kept["source"] = body.text("source", nullable=True, at_least=1, at_most=75)
    labels = _labels(body, kept, nullable_url=True)
    defaults = _defaults(world, body, contact["defaultFields"])
    fields = _custom_fields(world, body, contact["customFields"])
    body.settled()
    _unique(world, labels["externalId"], contact["id"])
    contact.update(labels)
    contact.update(defaultFields=defaults, customFields=fields, updatedAt=iso(world.now()))
    return Reply.of({"data": contact})


def delete_contact(world: World, request: Request) -> Reply:
    del world.contacts[_one(world, request)["id"]]
    return Reply(204)


def list_fields(world: World, _request: Request) -> Reply:
    return Reply.of({"data": world.custom_fields})


def _labels(body: Body, kept: Json, *, nullable_url: bool = False) -> Json:
    labels = dict(kept)
    if "externalId" in body.given:
        labels["externalId"] = body.text("externalId", nullable=True, at_least=1, at_most=75)
    if "sourceUrl" in body.given:
        labels["sourceUrl"] = body.text(
            "sourceUrl", URI, nullable=nullable_url, at_least=1, at_most=200
        )
    return labels


def _unique(world: World, external: str | None, own: str | None) -> None:
    taken = any(
        contact["externalId"] == external and contact["id"] != own
        for contact in world.contacts.values()
    )
    if external is not None and taken:
        said = "A contact with this externalId exists already"
        raise Refused(quo_error(409, CONTACTS, said))


def _defaults(world: World, body: Body, kept: Json | None) -> Json:
    given = body.given.get("defaultFields", {} if kept is not None else None)
    if not isinstance(given, dict):
        body.complain("defaultFields", "Expected object", given, type="object")
        given = {}
    if kept is None and "firstName" not in given:
        said = "Expected required property"
        body.complain("defaultFields/firstName", said, None, type="string")
    fields = dict(kept or dict.fromkeys(NAMES))
    for name in NAMES:
        if name in given:
            path = f"defaultFields/{name}"
            fields[name] = body.text(name, nullable=True, within=given, path=path)
    for name in ("emails", "phoneNumbers"):
        items = body.items(name, within=given)
        fields[name] = [
            {
                "name": item["name"],
                "value": item["value"],
                "id": item.get("id") or world.new_id("", 10),
            }
            for i, item in enumerate(items)
            if _sound_item(body, f"defaultFields/{name}/{i}", item) and item["value"] is not None
        ]
    return fields


def _sound_item(body: Body, path: str, item: Any) -> bool:
    if not isinstance(item, dict) or "value" not in item or not isinstance(item.get("name"), str):
        body.complain(path, "Expected an object with name and value", item, type="object")
        return False
    before = len(body.complaints)
    body.text("value", nullable=True, within=item, path=f"{path}/value")
    body.text("id", within=item, path=f"{path}/id")
    return len(body.complaints) == before


def _custom_fields(world: World, body: Body, kept: list[Json]) -> list[Json]:
    """By key, or by the id of the contact's own item; each must be defined and of its type."""
    keys = {item["id"]: item["key"] for item in kept}
    defined = {field["key"]: field for field in world.custom_fields}
    found: list[Json] = []
    for item in body.items("customFields"):
        key = item.get("key") or keys.get(item.get("id")) if isinstance(item, dict) else None
        if key not in defined or "value" not in item or not _fits(defined[key], item["value"]):
            said = f"Custom field {key!r} is not defined or its value does not fit"
            code, title = "0801400", "Invalid Custom Field Item"
            raise Refused(quo_error(400, CONTACTS, said, code=code, title=title))
        if item["value"] is not None:
            own = next((each["id"] for each in kept if each["key"] == key), None)
            found.append(
                {**defined[key], "id": own or world.new_id("", 10), "value": item["value"]}
            )
    return found


def _fits(field: Json, value: Any) -> bool:
    if value is None:
        return True
    match field["type"]:
        case "multi-select":
            return isinstance(value, list) and all(isinstance(each, str) for each in value)
        case "boolean":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "date":
            return moment(value) is not None
    return isinstance(value, str)


ROUTES = {
    ("GET", "contacts"): list_contacts,
    ("POST", "contacts"): create_contact,
    ("GET", "contacts/{id}"): get_contact,
    ("PATCH", "contacts/{id}"): update_contact,
    ("DELETE", "contacts/{id}"): delete_contact,
    ("GET", "contact-custom-fields"): list_fields,
}
