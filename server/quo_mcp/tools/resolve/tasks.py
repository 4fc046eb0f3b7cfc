"""Resolve a task to its id."""

import re
from collections.abc import Callable, Sequence

from quo_mcp.directory.address_book.name_tokens import normalize_name, tokenize
from quo_mcp.errors import InvalidArguments
from quo_mcp.history.task_activity import all_tasks
from quo_mcp.records.tasks import Task
from quo_mcp.tools.base import Effect
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.resolve.resolution import Resolution
from quo_mcp.values.references import candidate_line
from quo_mcp.values.untrusted import inline, quote_inline

TASK_ID = re.compile("TK[A-Za-z0-9]+")
MAX_LISTED = 5  # candidates
# Words around a title: "the antifreeze task".
_FRAME = frozenset({"the", "a", "an", "task", "to", "do", "todo", "my", "our"})


async def resolve_task(reference: str, context: ToolContext, *, effect: Effect) -> Resolution[str]:
    """Return the id of the one task that matches an id, a title or words of a title. Open tasks come first.

    effect: what the call does. A deletion requires the full title; other calls accept words, with a note.

    Raises:
        InvalidArguments: no task matches, or several do; the message lists them with their ids.
    """
    text = reference.strip()
    if TASK_ID.fullmatch(text):
        return Resolution(text)
    tasks, next_page, pages_repeat, _ = await all_tasks(context.account.api, None, context.progress)
    existing = [task for task in tasks if not task.is_deleted]
    scope = f" among the {len(tasks):,} tasks read" if next_page or pages_repeat else ""
    by_title = _first_matches(existing, lambda task: _is_title(text, task))
    if len(by_title) == 1:
        return Resolution(by_title[0].id)
    words = frozenset(tokenize(text)) - _FRAME
    by_words = (
        _first_matches(existing, lambda task: words <= set(tokenize(task.title or "")))
        if words
        else []
    )
    matches = by_title or by_words
    quoted = quote_inline(reference)
    if not matches:
        raise InvalidArguments(
            f"No task has {quoted} in its title{scope}. Get the id from quo_list_tasks."
        )
    if len(matches) > 1:
        more = len(matches) - MAX_LISTED
        raise InvalidArguments(
            "\n".join(
                [
                    f"{quoted} matches {len(matches)} tasks{scope}:",
                    *(_task_line(task, context) for task in matches[:MAX_LISTED]),
                    *([f"{more} more not shown."] if more > 0 else ()),
                    "Call again with the id of one.",
                ]
            )
        )
    [task] = matches
    if effect is Effect.DELETE:
        raise InvalidArguments(
            f"{quoted} is not the full title of a task. Closest match:\n{_task_line(task, context)}\n"
            "If this is the right task, call again with its id."
        )
    note = f"Using the task {quote_inline(task.title or '')}, the only match{scope}."
    return Resolution(task.id, (note,))


def _is_title(text: str, task: Task) -> bool:
    title = normalize_name(task.title or "")
    return title != "" and title == normalize_name(text)


def _first_matches(tasks: Sequence[Task], matches: Callable[[Task], bool]) -> list[Task]:
    """Return the open tasks that match; if there are none, the completed ones."""
    matching = [task for task in tasks if matches(task)]
    return [task for task in matching if not task.completed] or matching


def _task_line(task: Task, context: ToolContext) -> str:
    """Return `- Order winter stock · due Wed 2026-11-25 14:30 · TK…`."""
    presenter = context.account.presenter()
    return candidate_line(
        inline(task.title or "Untitled", 200, max_words=12),
        "done" if task.completed else "",
        f"due {presenter.time(task.due_date)}" if task.due_date else "",
        task.id,
    )
