"""Places where Quo accepts or returns more than its contract of July 2026, with the reason for each."""

from copy import deepcopy

MEDIA = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"url": {"type": "string"}, "type": {"type": ["string", "null"]}},
        "required": ["url"],
    },
}
OTHER_PARTY = r"^(\+[1-9]\d{1,14}|\d{3,8}|Anonymous|Blocked|Restricted)$"
LIVE_401 = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {name: {"type": "string"} for name in ("message", "key", "trace")},
            "required": ["message", "key"],
        }
    },
    "required": ["error"],
}


def amend(contract):
    """Return a copy of the contract with later additions and observations.

    - A message in a response may have `media` (since 2026-08-21).
    - In responses, the other party may be a short code, or a word for a withheld number. Requests
      are as restricted as before.
    - An error may have the body that the live API was seen to return: {"error": {message, key, trace}}.
    """
    amended = deepcopy(contract)
    schemas = amended["components"]["schemas"]
    schemas["Error"] = {"anyOf": [schemas["Error"], LIVE_401]}
    for operations in amended["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status.startswith("2"):
                    _widen(response.get("content", {}))
    return amended


def _widen(schema):
    if isinstance(schema, list):
        for item in schema:
            _widen(item)
    if not isinstance(schema, dict):
        return
    properties = schema.get("properties", {})
    if {"text", "conversationId"} <= properties.keys():
        properties["media"] = MEDIA
        properties["to"]["items"]["pattern"] = OTHER_PARTY
    if "participants" in properties:
        properties["participants"]["items"]["pattern"] = OTHER_PARTY
    for item in schema.values():
        _widen(item)
