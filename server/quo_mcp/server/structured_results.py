"""Results for programs: `structuredContent` of lists and sends, with its schema, if QUO_MCP_STRUCTURED is set.

The text of a result stays whole: models read it. A workflow branches on this: on ids, numbers, times in ISO 8601 (UTC), states
and coverage. The fields of an item are Quo's own, in camelCase.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.alias_generators import to_camel

from quo_mcp.directory.address_book.person import Person
from quo_mcp.gateway.connection_choice import Connection, ConnectionList
from quo_mcp.history.feed import FeedPage
from quo_mcp.history.task_activity import TaskList
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.record import Page
from quo_mcp.records.tasks import Task
from quo_mcp.safety.send_record import SendOutcome, SendRecord
from quo_mcp.tools import page_tokens
from quo_mcp.tools.activity_list import ActivityList
from quo_mcp.tools.base import Tool
from quo_mcp.tools.conversations import ConversationList
from quo_mcp.tools.find_contacts import ContactSearchResult, FindContacts
from quo_mcp.tools.list_voicemails import ListVoicemails
from quo_mcp.tools.send_messages import SendTool
from quo_mcp.tools.send_preview import SendPreview
from quo_mcp.values.untrusted import strip_control_characters

Schema = dict[str, Any]

ITEM_TYPES: dict[type, type] = {
    TaskList: Task,
    ContactSearchResult: Person,
    ConnectionList: Connection,
    ConversationList: Conversation,
}
"""The items of the results that are lists of their own kind. A page's item type is its own."""

SECRET_FIELDS = frozenset(
    {"url", "recordingUrl"}
)  # signed links; a person opens them from the text

NULLABLE_TEXT = {"anyOf": [{"type": "string"}, {"type": "null"}]}
SEND_SCHEMA: Schema = {
    "type": "object",
    "properties": {
        "state": {
            "type": "string",
            "enum": [
                "preview",
                "reserved",
                "in flight",
                "sent",
                "rejected",
                "unknown",
                "abandoned",
            ],
            "description": 'The state of the text. "preview": nothing was sent. "unknown": it may have been sent.',
        },
        "isSentNow": {"type": "boolean", "description": "Whether this call sent the text."},
        "isDuplicate": {
            "type": "boolean",
            "description": "Whether the state is that of an earlier send of the same text.",
        },
        "blockers": {
            "type": "array",
            "items": {"type": "string"},
            "description": "For a preview: why the text would be refused.",
        },
        "sendId": NULLABLE_TEXT | {"description": "The id for quo_get_send_status."},
        "messageId": NULLABLE_TEXT | {"description": "Quo's id of the message."},
        "status": NULLABLE_TEXT | {"description": "Quo's delivery status."},
        "inbox": {"type": "string", "description": "The id of the sending inbox."},
        "to": {
            "type": "array",
            "items": {"type": "string"},
            "description": "The recipients' numbers in E.164.",
        },
        "createdAt": NULLABLE_TEXT | {"description": "When the send was recorded, in ISO 8601."},
    },
    "required": ["state", "isSentNow", "isDuplicate", "inbox", "to"],
}


@cache
def output_schema(tool_class: type[Tool[Any]]) -> Schema | None:
    """Return the schema of a tool's structured result; None if it has only text."""
    if issubclass(tool_class, SendTool) or _result_type(tool_class) is SendRecord:
        return SEND_SCHEMA
    item_type = _item_type(tool_class)
    if item_type is None:
        return None
    item = _inlined(TypeAdapter(item_type).json_schema(by_alias=True, mode="serialization"))
    item["properties"] = {
        to_camel(name): {"description": name} | _tolerant(schema)
        for name, schema in item["properties"].items()
        if name not in SECRET_FIELDS
    }
    return {
        "type": "object",
        "properties": {
            "items": {
                "type": "array",
                "items": {"type": "object", "properties": item["properties"]},
                "description": "The items of this page.",
            },
            "isComplete": {
                "type": "boolean",
                "description": "Whether these are all items that match. If not, items on later pages or in unread conversations may follow.",
            },
            "unreadConversations": {
                "type": "integer",
                "description": "Conversations that could not be read.",
            },
            "nextPageToken": NULLABLE_TEXT
            | {"description": "Call again with this page_token for the next page."},
        },
        "required": ["items", "isComplete", "nextPageToken"],
    }


def structured_content(tool: Tool[Any], result: object) -> Schema | None:
    """Return a result as `output_schema` describes it; None if the tool has only text."""
    if output_schema(type(tool)) is None:
        return None
    content = _send_content(tool, result) if isinstance(tool, SendTool) else _content(tool, result)
    return None if content is None else {name: _clean(value) for name, value in content.items()}


def _send_content(tool: SendTool, result: object) -> Schema | None:
    match result:
        case SendPreview():
            return _preview(result)
        case SendOutcome():
            return _send(
                result.record, is_sent_now=result.is_sent_now, is_duplicate=result.is_duplicate
            )
        case _:  # the preview that a person has to agree to
            return {
                "state": "preview",
                "isSentNow": False,
                "isDuplicate": False,
                "inbox": str(tool.inbox),
                "to": list(tool.addressees()),
            }


def _content(tool: Tool[Any], result: object) -> Schema | None:
    if isinstance(result, SendRecord):
        return _send(result, is_sent_now=False, is_duplicate=False)
    content: Schema | None = None
    match result:
        case FeedPage():
            lookups = result.coverage.voicemails
            if isinstance(tool, ListVoicemails):
                result = tool.select_voicemails(result)
            token = tool.next_page_token(result) if isinstance(tool, ActivityList) else None
            content = _list([item for _, item in result.items], token) | {
                "isComplete": not (
                    result.coverage.is_partial(result.next) or (lookups and lookups.unknown)
                ),
                "unreadConversations": len(result.coverage.failures),
            }
        case TaskList():
            content = _list(result.tasks, page_tokens.next_page_token(tool, result.next_page_token))
        case ContactSearchResult():
            hits = result.search.hits
            page = hits[: tool.limit] if isinstance(tool, FindContacts) else hits
            is_complete = len(page) == len(hits)
            content = _list([hit.person for hit in page], None) | {"isComplete": is_complete}
        case ConversationList():
            is_complete = not (result.next_page_token or result.unreadable_count)
            content = _list(result.conversations, result.next_page_token) | {
                "isComplete": is_complete,
                "unreadConversations": len(result.failures) + result.unread,
            }
        case ConnectionList():
            content = _list(result.connections, None)
        case Page():
            content = _list(result.data, page_tokens.next_page_token(tool, result.next_page_token))
    return content


def _send(record: SendRecord, *, is_sent_now: bool, is_duplicate: bool) -> Schema:
    return {
        "state": record.state.label,
        "isSentNow": is_sent_now,
        "isDuplicate": is_duplicate,
        "sendId": record.send_id,
        "messageId": record.message_id,
        "status": record.status,
        "inbox": record.inbox,
        "to": list(record.to),
        "createdAt": _iso(record.created_at),
    }


def _preview(preview: SendPreview) -> Schema:
    return {
        "state": "preview",
        "isSentNow": False,
        "isDuplicate": preview.duplicate is not None,
        "blockers": list(preview.blockers),
        "inbox": preview.request.inbox,
        "to": list(preview.request.to),
    }


def _list(items: Sequence[object], token: str | None) -> Schema:
    return {
        "items": [
            {
                to_camel(name): _without_links(value)
                for name, value in TypeAdapter(type(item))
                .dump_python(item, mode="json", by_alias=True)
                .items()
                if name not in SECRET_FIELDS
            }
            for item in items
        ],
        "isComplete": not token,
        "nextPageToken": token,
    }


def _without_links(value: Any) -> Any:
    """Return a value without signed links, also in its parts, such as a call's voicemail."""
    if isinstance(value, list):
        return [_without_links(item) for item in value]
    if isinstance(value, dict):
        return {
            name: _without_links(item) for name, item in value.items() if name not in SECRET_FIELDS
        }
    return value


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _clean(value: Any) -> Any:
    """Remove control characters and lone surrogates from all texts, as in the text of a result."""
    if isinstance(value, str):
        return strip_control_characters(value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(name): _clean(item) for name, item in value.items()}
    return value


def _result_type(tool_class: type[Tool[Any]]) -> Any:
    """Return the type argument of the generic base of a tool class."""
    for base in tool_class.__mro__:
        metadata = base.__dict__.get("__pydantic_generic_metadata__") or {}
        if metadata.get("args"):
            return metadata["args"][0]
    return None


def _item_type(tool_class: type[Tool[Any]]) -> type | None:
    result_type = _result_type(tool_class)
    if issubclass(tool_class, ActivityList):
        return result_type  # type: ignore[no-any-return]
    if result_type in ITEM_TYPES:
        return ITEM_TYPES[result_type]
    if isinstance(result_type, type) and issubclass(result_type, BaseModel):
        metadata = result_type.__pydantic_generic_metadata__
        item_type: type | None = metadata["args"][0] if metadata["origin"] is Page else None
        return item_type
    return None


def _tolerant(schema: Schema) -> Schema:
    """Return the schema of a field that may also be null, since Quo leaves fields out."""
    description = schema.get("description")
    alternatives = schema.get("anyOf", [schema])
    if {"type": "null"} not in alternatives:
        alternatives = [*alternatives, {"type": "null"}]
    return {"anyOf": alternatives} | ({"description": description} if description else {})


def _inlined(schema: Schema) -> Schema:
    """Return the schema with its references resolved, because some clients know none."""
    definitions = schema.pop("$defs", {})

    def resolve(node: Any) -> Any:
        if isinstance(node, list):
            return [resolve(item) for item in node]
        if not isinstance(node, dict):
            return node
        if reference := node.get("$ref"):
            return resolve(definitions[reference.removeprefix("#/$defs/")])
        return {
            name: resolve(value)
            for name, value in node.items()
            if name not in {"title", "default", "format"}
        }

    resolved: Schema = resolve(schema)
    return resolved
