"""Where Quo is known to be wider than its contract of July 2026: each place once, with the reason."""

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


def amended(contract):
    """A copy of the contract with what has been added or observed since.

    - A text read back may have `media` (since 2026-08-21).
    - The other party of a text, call or conversation may be a short code, or one of the words that
      stand for a withheld number. What may be *asked for* stays as narrow as it was.
    - An error may have the body that the live API was seen to give: {"error": {message, key, trace}}.
    """
    wider = deepcopy(contract)
    schemas = wider["components"]["schemas"]
    schemas["Error"] = {"anyOf": [schemas["Error"], LIVE_401]}
    for operations in wider["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status.startswith("2"):
                    _widen(response.get("content", {}))
    return wider


def _widen(schema):
    if isinstance(schema, list):
        for each in schema:
            _widen(each)
    if not isinstance(schema, dict):
        return
    properties = schema.get("properties", {})
    if {"text", "conversationId"} <= properties.keys():
        properties["media"] = MEDIA
        properties["to"]["items"]["pattern"] = OTHER_PARTY
    if "participants" in properties:
        properties["participants"]["items"]["pattern"] = OTHER_PARTY
    for each in schema.values():
        _widen(each)
