"""Maton's documentation of its control plane as OpenAPI: connections, and its four error shapes."""

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


def object_schema(**properties):
    return {"type": "object", "properties": properties, "required": list(properties)}


def closed_object_schema(**properties):
    return object_schema(**properties) | {"additionalProperties": False}


WRAPPED = object_schema(connection=CONNECTION)
NESTED = closed_object_schema(
    error=closed_object_schema(message=TEXT, type=TEXT, code={"type": "integer"})
)
FLAT = closed_object_schema(message=TEXT, type=TEXT, code={"type": "integer"})
DETAIL = closed_object_schema(detail=TEXT)
PROBLEM = closed_object_schema(loc={"type": "array", "items": TEXT}, msg=TEXT, type=TEXT)
VALIDATION = closed_object_schema(detail={"type": "array", "minItems": 1, "items": PROBLEM})
ENVELOPES = {"anyOf": [NESTED, FLAT, DETAIL, VALIDATION]}

CREATED = {
    "anyOf": [
        closed_object_schema(connection_id=TEXT),
        closed_object_schema(connection_Id=TEXT),
        CONNECTION,
        WRAPPED,
    ]
}


def _response(schema):
    return {"description": "", "content": {"application/json": {"schema": schema}}}


def _query(name, schema):
    return {"in": "query", "name": name, "schema": schema}


ID = {"in": "path", "name": "id", "required": True, "schema": TEXT}
NEW_CONNECTION = {
    "type": "object",
    "properties": {"app": CONNECTION["properties"]["app"], "method": TEXT},
    "required": ["app"],
    "additionalProperties": False,
}
ERROR_RESPONSES = {str(status): _response(ENVELOPES) for status in (400, 401, 404, 422, 429)}
FILTERS = [
    _query("app", TEXT),
    _query("status", TEXT),
    _query("method", TEXT),
    _query("limit", {"type": "integer", "minimum": 0}),
]

CONTROL_PLANE = {
    "openapi": "3.1.0",
    "info": {"title": "Maton control plane", "version": "2026-08"},
    "paths": {
        "/connections": {
            "get": {
                "operationId": "listConnections",
                "parameters": FILTERS,
                "responses": {
                    "200": _response(
                        object_schema(connections={"type": "array", "items": CONNECTION})
                    ),
                    **ERROR_RESPONSES,
                },
            },
            "post": {
                "operationId": "createConnection",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": NEW_CONNECTION}},
                },
                "responses": {"200": _response(CREATED), **ERROR_RESPONSES},
            },
        },
        "/connections/{id}": {
            "get": {
                "operationId": "getConnection",
                "parameters": [ID],
                "responses": {"200": _response(WRAPPED), **ERROR_RESPONSES},
            },
            "delete": {
                "operationId": "deleteConnection",
                "parameters": [ID],
                "responses": {
                    "200": _response({"type": "object"}),
                    "204": {"description": ""},
                    **ERROR_RESPONSES,
                },
            },
        },
        "/user": {
            "get": {
                "operationId": "getUser",
                "responses": {"200": _response(object_schema(email=TEXT)), **ERROR_RESPONSES},
            }
        },
    },
}
