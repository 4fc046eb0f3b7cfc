"""Tasks: things to do about a number, a conversation or one text or call."""

from typing import Any

from quo_mcp.sandbox.error_responses import not_found, quo_error
from quo_mcp.sandbox.http import Json, Refused, Reply, Request, iso
from quo_mcp.sandbox.paging import page
from quo_mcp.sandbox.request_validation import NUMBER, USER, Body, Query, place
from quo_mcp.sandbox.state import World

RESOURCE = "06"
ABOUT = {"phoneNumberId": NUMBER, "conversationId": r"CN.*", "activityId": r"AC.*"}


def list_tasks(world: World, request: Request) -> Reply:
    """The last page has no token at all, where other lists have a null one."""
    query = Query(request, RESOURCE)
    size, token = query.whole("maxResults", 1, 100), query.one("pageToken")
    query.settled()
    kept = [task for task in world.tasks.values() if not task["isDeleted"]]
    shown = page(kept, request, query, size=size, token=token, key="taskId")
    if shown["nextPageToken"] is None:
        del shown["nextPageToken"]
    return Reply.of(shown)


def _one(world: World, request: Request) -> Json:
    task = world.tasks.get(place(request, RESOURCE, "taskId", "TK"))
    if task is None or task["isDeleted"]:
        raise not_found(RESOURCE, "Task")
    return task


def get_task(world: World, request: Request) -> Reply:
    return Reply.of({"data": _one(world, request)})


def create_task(world: World, request: Request) -> Reply:
    exact = ("title", "description", "dueDate", "assignedTo", *ABOUT)
    body = Body(request, RESOURCE, exact=exact)
    title, description = body.text("title", required=True), body.text("description", required=True)
    due, assignee = body.time("dueDate"), body.text("assignedTo", USER)
    about = {
        name: body.text(name, pattern) for name, pattern in ABOUT.items() if name in body.given
    }
    if len(about) != 1:
        body.complain("", f"Expected exactly one of {', '.join(ABOUT)}", None, type="object")
    body.settled()
    number = _about(world, **about)
    _known_user(world, assignee)
    _room_for_one_more(world)
    task = new_task(
        world,
        number,
        title=title,
        description=description,
        dueDate=due,
        assignedTo=assignee,
        assignedBy=world.owner if assignee else None,
        **about,
    )
    named = {"taskId": task["taskId"], "revision": task["revision"], "phoneNumberId": number["id"]}
    return Reply.of({"data": named | about}, 201)


def new_task(world: World, number: Json, **told: Any) -> Json:
    """A task about something on a number; `told` are the fields of Quo's record that are known."""
    task: Json = {
        "taskId": world.new_id("TK"),
        "orgId": world.org,
        "title": None,
        "description": None,
        "dueDate": None,
        "assignedTo": None,
        "assignedBy": None,
        "createdBy": world.owner,
        "createdAt": iso(world.now()),
        "completed": False,
        "isDeleted": False,
        "phoneNumberId": number["id"],
        "conversationId": None,
        "activityId": None,
        "phoneNumberGroupId": number["groupId"],
        "revision": "1",
    } | told
    world.tasks[task["taskId"]] = task
    return task


def _about(
    world: World,
    phoneNumberId: str | None = None,  # noqa: N803 - Quo's name
    conversationId: str | None = None,  # noqa: N803 - Quo's name
    activityId: str | None = None,  # noqa: N803 - Quo's name
) -> Json:
    """The number that a task belongs to, by what it is about."""
    if phoneNumberId is not None:
        return world.number(phoneNumberId, RESOURCE)
    if conversationId is not None:
        found = world.conversations.get(conversationId)
    else:
        activity = activityId or ""
        found = world.messages.get(activity) or world.calls.get(activity)
    if found is None:
        raise not_found(RESOURCE, "Conversation" if conversationId else "Activity")
    return world.numbers[found["phoneNumberId"]]


def _known_user(world: World, user: str | None) -> None:
    if user is not None and user not in world.users:
        raise not_found(RESOURCE, "User")


def _room_for_one_more(world: World) -> None:
    unfinished = [t for t in world.tasks.values() if not t["completed"] and not t["isDeleted"]]
    if len(unfinished) >= world.open_tasks:
        title = "Open Tasks Limit Reached"
        raise Refused(quo_error(402, RESOURCE, "Too many tasks are open", title=title))


def _changed(task: Json, **changes: Any) -> Reply:
    task.update(changes, revision=str(int(task["revision"]) + 1))
    return Reply.of({"data": {"taskId": task["taskId"], "revision": task["revision"]}})


def update_task(world: World, request: Request) -> Reply:
    task, body = _one(world, request), Body(request, RESOURCE, exact=("title", "description"))
    title, description = body.text("title", required=True), body.text("description", required=True)
    body.settled()
    return _changed(task, title=title, description=description)


def delete_task(world: World, request: Request) -> Reply:
    _changed(_one(world, request), isDeleted=True)
    return Reply(204)


def complete_task(world: World, request: Request) -> Reply:
    return _changed(_one(world, request), completed=True)


def reopen_task(world: World, request: Request) -> Reply:
    task = _one(world, request)
    if task["completed"]:
        _room_for_one_more(world)
    return _changed(task, completed=False)


def assign_task(world: World, request: Request) -> Reply:
    task, body = _one(world, request), Body(request, RESOURCE, exact=("userId",))
    user = body.text("userId", USER, required=True)
    body.settled()
    _known_user(world, user)
    return _changed(task, assignedTo=user, assignedBy=world.owner)


def unassign_task(world: World, request: Request) -> Reply:
    task, body = _one(world, request), Body(request, RESOURCE, exact=("userId",))
    user = body.text("userId", USER, required=True)
    body.settled()
    if task["assignedTo"] != user:
        raise Refused(quo_error(400, RESOURCE, "The task is not assigned to this user"))
    return _changed(task, assignedTo=None, assignedBy=None)


def change_due_date(world: World, request: Request) -> Reply:
    task, body = _one(world, request), Body(request, RESOURCE, exact=("dueDate",))
    due = body.time("dueDate", required=True)
    body.settled()
    return _changed(task, dueDate=due)


def remove_due_date(world: World, request: Request) -> Reply:
    return _changed(_one(world, request), dueDate=None)


def link_conversation(world: World, request: Request) -> Reply:
    task, body = _one(world, request), Body(request, RESOURCE)
    conversation = body.text("conversationId", ABOUT["conversationId"], required=True)
    body.settled()
    number = _about(world, conversationId=conversation)
    return _changed(task, conversationId=conversation, phoneNumberId=number["id"])


def unlink_conversation(world: World, request: Request) -> Reply:
    task, body = _one(world, request), Body(request, RESOURCE)
    conversation = body.text("conversationId", ABOUT["conversationId"], required=True)
    body.settled()
    if task["conversationId"] != conversation:
        raise Refused(quo_error(400, RESOURCE, "The task is not linked to this conversation"))
    return _changed(task, conversationId=None)


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
