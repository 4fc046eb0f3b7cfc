"""The routes of contacts and of custom field definitions.

A PATCH deletes the emails, phone numbers and custom fields that its body omits, and every item
whose value is null. Names, company and role change only if the body contains them.
"""

from typing import Any

from quo_mcp.sandbox.error_responses import not_found, quo_error
from quo_mcp.sandbox.http import Json, RejectedRequest, Request, Response, format_time
from quo_mcp.sandbox.paging import build_page
from quo_mcp.sandbox.request_validation import (
    URI,
    USER_ID,
    BodyReader,
    QueryReader,
    parse_time,
    path_id,
)
from quo_mcp.sandbox.state import SandboxState

CONTACTS = "08"  # the first two digits of Quo's error codes
RESERVED_SOURCES = {"openphone", "device", "csv", "zapier", "google-people", "other"}
NAME_FIELDS = ("firstName", "lastName", "company", "role")


def list_contacts(state: SandboxState, request: Request) -> Response:
    query = QueryReader(request, CONTACTS)
    external_ids = query.strings("externalIds", max_length=75)
    sources = query.strings("sources", max_length=75)
    size, token = query.integer("maxResults", 1, 50), query.string("pageToken")
    query.reject_invalid()
    matches = [
        contact
        for contact in state.contacts.values()
        if (not external_ids or contact["externalId"] in external_ids)
        and (not sources or contact["source"] in sources)
    ]
    return Response.from_json(build_page(matches, request, query, size=size, token=token))


def _find(state: SandboxState, request: Request) -> Json:
    contact = state.contacts.get(path_id(request, CONTACTS, "id"))
    if contact is None:
        raise not_found(CONTACTS, "Contact")
    return contact


def get_contact(state: SandboxState, request: Request) -> Response:
    return Response.from_json({"data": _find(state, request)})


def create_contact(state: SandboxState, request: Request) -> Response:
    body = BodyReader(request, CONTACTS)
    user_id = body.string("createdByUserId", USER_ID)
    source = body.string("source", min_length=1, max_length=72) or "public-api"
    if source in RESERVED_SOURCES or source.startswith(("openphone", "csv")):
        body.add_error("source", "This source is reserved", source, type="string")
    source_fields = _source_fields(body, {"source": source, "sourceUrl": None, "externalId": None})
    default_fields = _default_fields(state, body, None)
    custom_fields = _custom_fields(state, body, [])
    body.reject_invalid()
    _require_unique(state, source_fields["externalId"], None)
    if user_id is not None and user_id not in state.users:
        raise not_found(CONTACTS, "User")
    at = format_time(state.now())
    contact = {
        "id": state.new_id("", 24),
        **source_fields,
        "defaultFields": default_fields,
        "customFields": custom_fields,
        "createdAt": at,
        "updatedAt": at,
        "createdByUserId": user_id or state.owner_id,
    }
    state.contacts[contact["id"]] = contact
    return Response.from_json({"data": contact}, 201)


def update_contact(state: SandboxState, request: Request) -> Response:
    contact = _find(state, request)
    body = BodyReader(request, CONTACTS)
    current = {name: contact[name] for name in ("source", "sourceUrl", "externalId")}
    if "source" in body.fields:
        current["source"] = body.string("source", nullable=True, min_length=1, max_length=75)
    source_fields = _source_fields(body, current, nullable_url=True)
    default_fields = _default_fields(state, body, contact["defaultFields"])
    custom_fields = _custom_fields(state, body, contact["customFields"])
    body.reject_invalid()
    _require_unique(state, source_fields["externalId"], contact["id"])
    contact.update(source_fields)
    contact.update(
        defaultFields=default_fields, customFields=custom_fields, updatedAt=format_time(state.now())
    )
    return Response.from_json({"data": contact})


def delete_contact(state: SandboxState, request: Request) -> Response:
    del state.contacts[_find(state, request)["id"]]
    return Response(204)


def list_custom_fields(state: SandboxState, _request: Request) -> Response:
    return Response.from_json({"data": state.custom_fields})


def _source_fields(body: BodyReader, current: Json, *, nullable_url: bool = False) -> Json:
    """Return source, sourceUrl and externalId: those in the body, else the current ones."""
    fields = dict(current)
    if "externalId" in body.fields:
        fields["externalId"] = body.string("externalId", nullable=True, min_length=1, max_length=75)
    if "sourceUrl" in body.fields:
        fields["sourceUrl"] = body.string(
            "sourceUrl", URI, nullable=nullable_url, min_length=1, max_length=200
        )
    return fields


def _require_unique(state: SandboxState, external_id: str | None, contact_id: str | None) -> None:
    """Raise RejectedRequest (409) if another contact has this external id."""
    duplicate = any(
        contact["externalId"] == external_id and contact["id"] != contact_id
        for contact in state.contacts.values()
    )
    if external_id is not None and duplicate:
        message = "A contact with this externalId exists already"
        raise RejectedRequest(quo_error(409, CONTACTS, message))


def _default_fields(state: SandboxState, body: BodyReader, current: Json | None) -> Json:
    """Return the default fields after the change; `current` is None for a new contact."""
    changes = body.fields.get("defaultFields", {} if current is not None else None)
    if not isinstance(changes, dict):
        body.add_error("defaultFields", "Expected object", changes, type="object")
        changes = {}
    if current is None and "firstName" not in changes:
        message = "Expected required property"
        body.add_error("defaultFields/firstName", message, None, type="string")
    fields = dict(current or dict.fromkeys(NAME_FIELDS))
    for name in NAME_FIELDS:
        if name in changes:
            path = f"defaultFields/{name}"
            fields[name] = body.string(name, nullable=True, parent=changes, path=path)
    for name in ("emails", "phoneNumbers"):
        items = body.array(name, parent=changes)
        fields[name] = [
            {
                "name": item["name"],
                "value": item["value"],
                "id": item.get("id") or state.new_id("", 10),
            }
            for i, item in enumerate(items)
            if _is_valid_item(body, f"defaultFields/{name}/{i}", item) and item["value"] is not None
        ]
    return fields


def _is_valid_item(body: BodyReader, path: str, item: Any) -> bool:
    if not isinstance(item, dict) or "value" not in item or not isinstance(item.get("name"), str):
        body.add_error(path, "Expected an object with name and value", item, type="object")
        return False
    error_count = len(body.errors)
    body.string("value", nullable=True, parent=item, path=f"{path}/value")
    body.string("id", parent=item, path=f"{path}/id")
    return len(body.errors) == error_count


def _custom_fields(state: SandboxState, body: BodyReader, current: list[Json]) -> list[Json]:
    """Return the custom fields after the change.

    An item names its field by key or by the id of the current item. Raises RejectedRequest (400)
    if the field is undefined or the value has the wrong type.
    """
    key_by_id = {item["id"]: item["key"] for item in current}
    definitions = {field["key"]: field for field in state.custom_fields}
    fields: list[Json] = []
    for item in body.array("customFields"):
        key = item.get("key") or key_by_id.get(item.get("id")) if isinstance(item, dict) else None
        if (
            key not in definitions
            or "value" not in item
            or not _is_valid_value(definitions[key], item["value"])
        ):
            message = f"Custom field {key!r} is not defined or its value has the wrong type"
            code, title = "0801400", "Invalid Custom Field Item"
            raise RejectedRequest(quo_error(400, CONTACTS, message, code=code, title=title))
        if item["value"] is not None:
            current_id = next((old["id"] for old in current if old["key"] == key), None)
            item_id = current_id or state.new_id("", 10)
            fields.append({**definitions[key], "id": item_id, "value": item["value"]})
    return fields


def _is_valid_value(field: Json, value: Any) -> bool:
    if value is None:
        return True
    match field["type"]:
        case "multi-select":
            return isinstance(value, list) and all(isinstance(option, str) for option in value)
        case "boolean":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "date":
            return parse_time(value) is not None
    return isinstance(value, str)


ROUTES = {
    ("GET", "contacts"): list_contacts,
    ("POST", "contacts"): create_contact,
    ("GET", "contacts/{id}"): get_contact,
    ("PATCH", "contacts/{id}"): update_contact,
    ("DELETE", "contacts/{id}"): delete_contact,
    ("GET", "contact-custom-fields"): list_custom_fields,
}
