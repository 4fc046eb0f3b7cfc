"""Creates sandbox tasks, and reads the requests that wrote to tasks."""

import json

from quo_mcp.sandbox.tasks import add_task
from sandbox.play import DESK

TASKS = "/quo/v1/tasks"


def task(quo, title="A task", inbox=DESK, **fields):
    state = quo.box.state
    return add_task(state, state.numbers[inbox], title=title, description="Details", **fields)


def task_writes(quo):
    """Return every write to tasks: method, last path segment, body."""
    return [
        (
            request["method"],
            request["path"].removeprefix(TASKS).rpartition("/")[2],
            body_of(request),
        )
        for request in quo.box.requests
        if request["path"].startswith(TASKS) and request["method"] != "GET"
    ]


def body_of(request):
    return json.loads(request["body"]) if request["body"] else None


def conversation_id(quo, *people, inbox=DESK):
    conversation = quo.box.state.find_conversation(inbox, people)
    return conversation and conversation["id"]
