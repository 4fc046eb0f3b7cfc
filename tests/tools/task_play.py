"""Tasks of a test's own, and what was written to them."""

import json

from quo_mcp.sandbox.tasks import new_task
from sandbox.play import DESK

TASKS = "/quo/v1/tasks"


def task(quo, title="A task", inbox=DESK, **told):
    world = quo.box.world
    return new_task(world, world.numbers[inbox], title=title, description="Details", **told)


def wire(quo):
    """What was written to tasks: method, what follows the task's id, and the body."""
    return [
        (each["method"], each["path"].removeprefix(TASKS).rpartition("/")[2], body(each))
        for each in quo.box.requests
        if each["path"].startswith(TASKS) and each["method"] != "GET"
    ]


def body(request):
    return json.loads(request["body"]) if request["body"] else None


def thread(quo, *people, inbox=DESK):
    found = quo.box.world.thread(inbox, people)
    return found and found["id"]
