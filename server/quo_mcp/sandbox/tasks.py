"""The routes of tasks. A task's subject is a number, a conversation, or one message or call."""

from typing import Any

from quo_mcp.sandbox.error_responses import not_found, quo_error
from quo_mcp.sandbox.http import Json, RejectedRequest, Request, Response, format_time
from quo_mcp.sandbox.paging import build_page
from quo_mcp.sandbox.request_validation import NUMBER_ID, USER_ID, BodyReader, QueryReader, path_id
from quo_mcp.sandbox.state import SandboxState

RESOURCE = "06"  # the first two digits of Quo's error codes
SUBJECT_FIELDS = {"phoneNumberId": NUMBER_ID, "conversationId": r"CN.*", "activityId": r"AC.*"}


def list_tasks(state: SandboxState, request: Request) -> Response:
    """List tasks. The last page omits `nextPageToken`; in other lists it is null."""
    query = QueryReader(request, RESOURCE)
    size, token = query.integer("maxResults", 1, 100), query.string("pageToken")
    query.reject_invalid()
    existing = [task for task in state.tasks.values() if not task["isDeleted"]]
    page = build_page(existing, request, query, size=size, token=token, key="taskId")
    if page["nextPageToken"] is None:
        del page["nextPageToken"]
    return Response.from_json(page)


def _find(state: SandboxState, request: Request) -> Json:
    task = state.tasks.get(path_id(request, RESOURCE, "taskId", "TK"))
    if task is None or task["isDeleted"]:
        raise not_found(RESOURCE, "Task")
    return task


def get_task(state: SandboxState, request: Request) -> Response:
    return Response.from_json({"data": _find(state, request)})


def create_task(state: SandboxState, request: Request) -> Response:
    allowed = ("title", "description", "dueDate", "assignedTo", *SUBJECT_FIELDS)
    body = BodyReader(request, RESOURCE, allowed=allowed)
    title, description = (
        body.string("title", required=True),
        body.string("description", required=True),
    )
    due_date, assignee_id = body.time("dueDate"), body.string("assignedTo", USER_ID)
    subject = {
        name: body.string(name, pattern)
        for name, pattern in SUBJECT_FIELDS.items()
        if name in body.fields
    }
    if len(subject) != 1:
        body.add_error(
            "", f"Expected exactly one of {', '.join(SUBJECT_FIELDS)}", None, type="object"
        )
    body.reject_invalid()
    number = _number_of_subject(state, **subject)
    _require_user(state, assignee_id)
    _require_open_task_capacity(state)
    task = add_task(
        state,
        number,
        title=title,
        description=description,
        dueDate=due_date,
        assignedTo=assignee_id,
        assignedBy=state.owner_id if assignee_id else None,
        **subject,
    )
    ids = {"taskId": task["taskId"], "revision": task["revision"], "phoneNumberId": number["id"]}
    return Response.from_json({"data": ids | subject}, 201)


def add_task(state: SandboxState, number: Json, **fields: Any) -> Json:
    """Add a task on a number. `fields` override the defaults; their names are Quo's."""
    task: Json = {
        "taskId": state.new_id("TK"),
        "orgId": state.organization_id,
        "title": None,
        "description": None,
        "dueDate": None,
        "assignedTo": None,
        "assignedBy": None,
        "createdBy": state.owner_id,
        "createdAt": format_time(state.now()),
        "completed": False,
        "isDeleted": False,
        "phoneNumberId": number["id"],
        "conversationId": None,
        "activityId": None,
        "phoneNumberGroupId": number["groupId"],
        "revision": "1",
    } | fields
    state.tasks[task["taskId"]] = task
    return task


def _number_of_subject(
    state: SandboxState,
    phoneNumberId: str | None = None,  # noqa: N803 - Quo's name
    conversationId: str | None = None,  # noqa: N803 - Quo's name
    activityId: str | None = None,  # noqa: N803 - Quo's name
) -> Json:
    """Return the number that a task belongs to. Raises RejectedRequest (404) if the subject is unknown."""
    if phoneNumberId is not None:
        return state.find_number(phoneNumberId, RESOURCE)
    if conversationId is not None:
        subject = state.conversations.get(conversationId)
    else:
        activity_id = activityId or ""
        subject = state.messages.get(activity_id) or state.calls.get(activity_id)
    if subject is None:
        raise not_found(RESOURCE, "Conversation" if conversationId else "Activity")
    return state.numbers[subject["phoneNumberId"]]


def _require_user(state: SandboxState, user_id: str | None) -> None:
    if user_id is not None and user_id not in state.users:
        raise not_found(RESOURCE, "User")


def _require_open_task_capacity(state: SandboxState) -> None:
    """Raise RejectedRequest (402) if the maximum number of tasks is open."""
    open_tasks = [t for t in state.tasks.values() if not t["completed"] and not t["isDeleted"]]
    if len(open_tasks) >= state.open_task_limit:
        title = "Open Tasks Limit Reached"
        raise RejectedRequest(quo_error(402, RESOURCE, "Too many tasks are open", title=title))


def _update(task: Json, **changes: Any) -> Response:
    task.update(changes, revision=str(int(task["revision"]) + 1))
    return Response.from_json({"data": {"taskId": task["taskId"], "revision": task["revision"]}})


def update_task(state: SandboxState, request: Request) -> Response:
    task, body = (
        _find(state, request),
        BodyReader(request, RESOURCE, allowed=("title", "description")),
    )
    title, description = (
        body.string("title", required=True),
        body.string("description", required=True),
    )
    body.reject_invalid()
    return _update(task, title=title, description=description)


def delete_task(state: SandboxState, request: Request) -> Response:
    _update(_find(state, request), isDeleted=True)
    return Response(204)


def complete_task(state: SandboxState, request: Request) -> Response:
    return _update(_find(state, request), completed=True)


def reopen_task(state: SandboxState, request: Request) -> Response:
    task = _find(state, request)
    if task["completed"]:
        _require_open_task_capacity(state)
    return _update(task, completed=False)


def assign_task(state: SandboxState, request: Request) -> Response:
    task, body = _find(state, request), BodyReader(request, RESOURCE, allowed=("userId",))
    user_id = body.string("userId", USER_ID, required=True)
    body.reject_invalid()
    _require_user(state, user_id)
    return _update(task, assignedTo=user_id, assignedBy=state.owner_id)


def unassign_task(state: SandboxState, request: Request) -> Response:
    task, body = _find(state, request), BodyReader(request, RESOURCE, allowed=("userId",))
    user_id = body.string("userId", USER_ID, required=True)
    body.reject_invalid()
    if task["assignedTo"] != user_id:
        raise RejectedRequest(quo_error(400, RESOURCE, "The task is not assigned to this user"))
    return _update(task, assignedTo=None, assignedBy=None)


def change_due_date(state: SandboxState, request: Request) -> Response:
    task, body = _find(state, request), BodyReader(request, RESOURCE, allowed=("dueDate",))
    due_date = body.time("dueDate", required=True)
    body.reject_invalid()
    return _update(task, dueDate=due_date)


def remove_due_date(state: SandboxState, request: Request) -> Response:
    return _update(_find(state, request), dueDate=None)


def link_conversation(state: SandboxState, request: Request) -> Response:
    task, body = _find(state, request), BodyReader(request, RESOURCE)
    conversation_id = body.string("conversationId", SUBJECT_FIELDS["conversationId"], required=True)
    body.reject_invalid()
    number = _number_of_subject(state, conversationId=conversation_id)
    return _update(task, conversationId=conversation_id, phoneNumberId=number["id"])


def unlink_conversation(state: SandboxState, request: Request) -> Response:
    task, body = _find(state, request), BodyReader(request, RESOURCE)
    conversation_id = body.string("conversationId", SUBJECT_FIELDS["conversationId"], required=True)
    body.reject_invalid()
    if task["conversationId"] != conversation_id:
        raise RejectedRequest(
            quo_error(400, RESOURCE, "The task is not linked to this conversation")
        )
    return _update(task, conversationId=None)


ROUTES = {
    ("GET", "tasks"): list_tasks,
    ("POST", "tasks"): create_task,
    ("GET", "tasks/{taskId}"): get_task,
    ("PUT", "tasks/{taskId}"): update_task,
    ("DELETE", "tasks/{taskId}"): delete_task,
    ("POST", "tasks/{taskId}/complete"): complete_task,
    ("POST", "tasks/{taskId}/reopen"): reopen_task,
    ("POST", "tasks/{taskId}/assign"): assign_task,
    ("POST", "tasks/{taskId}/unassign"): unassign_task,
    ("POST", "tasks/{taskId}/change-due-date"): change_due_date,
    ("POST", "tasks/{taskId}/remove-due-date"): remove_due_date,
    ("POST", "tasks/{taskId}/link-conversation"): link_conversation,
    ("POST", "tasks/{taskId}/unlink-conversation"): unlink_conversation,
}
