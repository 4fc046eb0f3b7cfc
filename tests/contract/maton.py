"""What Maton documents of its own plane: connections, and the four envelopes of its errors."""

TEXT = {"type": "string"}
CONNECTION = {
    "type": "object",
    "properties": {
        "connection_id": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,200}$"},
        "status": {"enum": ["ACTIVE", "PENDING", "FAILED"]},
        "creation_time": {"type": "string", "format": "date-time"},
        "last_updated_time": {"type": "string", "format": "date-time"},
        "url": {"type": ["string", "null"]},
        "app": {"type": "string", "pattern": "^[a-z][a-z0-9-]*$"},
        "method": {"enum": ["API_KEY", "BASIC", "JWT", "OAUTH1", "OAUTH2", "MCP"]},
        "metadata": {"type": "object"},
    },
    "required": ["connection_id", "status", "creation_time", "last_updated_time", "url", "app"],
    "additionalProperties": False,
}


def thing(**properties):
    return {"type": "object", "properties": properties, "required": list(properties)}


def exact(**properties):
    return thing(**properties) | {"additionalProperties": False}


WRAPPED = thing(connection=CONNECTION)
NESTED = exact(error=exact(message=TEXT, type=TEXT, code={"type": "integer"}))
FLAT = exact(message=TEXT, type=TEXT, code={"type": "integer"})
DETAIL = exact(detail=TEXT)
PROBLEM = exact(loc={"type": "array", "items": TEXT}, msg=TEXT, type=TEXT)
VALIDATION = exact(detail={"type": "array", "minItems": 1, "items": PROBLEM})
ENVELOPES = {"anyOf": [NESTED, FLAT, DETAIL, VALIDATION]}

CREATED = {"anyOf": [exact(connection_id=TEXT), exact(connection_Id=TEXT), CONNECTION, WRAPPED]}


def _reply(schema):
    return {"description": "", "content": {"application/json": {"schema": schema}}}


def _query(name, schema):
    return {"in": "query", "name": name, "schema": schema}


ID = {"in": "path", "name": "id", "required": True, "schema": TEXT}
NEW = {
    "type": "object",
    "properties": {"app": CONNECTION["properties"]["app"], "method": TEXT},
    "required": ["app"],
    "additionalProperties": False,
}
REFUSED = {str(status): _reply(ENVELOPES) for status in (400, 401, 404, 422, 429)}
FILTERS = [
    _query("app", TEXT),
    _query("status", TEXT),
    _query("method", TEXT),
    _query("limit", {"type": "integer", "minimum": 0}),
]

CONTROL = {
    "openapi": "3.1.0",
    "info": {"title": "Maton control plane", "version": "2026-08"},
    "paths": {
        "/connections": {
            "get": {
                "operationId": "listConnections",
                "parameters": FILTERS,
                "responses": {
                    "200": _reply(thing(connections={"type": "array", "items": CONNECTION})),
                    **REFUSED,
                },
            },
            "post": {
                "operationId": "createConnection",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": NEW}},
                },
                "responses": {"200": _reply(CREATED), **REFUSED},
            },
        },
        "/connections/{id}": {
            "get": {
                "operationId": "getConnection",
                "parameters": [ID],
                "responses": {"200": _reply(WRAPPED), **REFUSED},
            },
            "delete": {
                "operationId": "deleteConnection",
                "parameters": [ID],
                "responses": {
                    "200": _reply({"type": "object"}),
                    "204": {"description": ""},
                    **REFUSED,
                },
            },
        },
        "/user": {
            "get": {
                "operationId": "getUser",
                "responses": {"200": _reply(thing(email=TEXT)), **REFUSED},
            }
        },
    },
}
