"""Resolve a task to its id."""

import re
from collections.abc import Callable, Sequence

from quo_mcp.directory.address_book.name_tokens import normalize_name, tokenize
from quo_mcp.errors import InvalidArguments
from quo_mcp.history.task_activity import all_tasks, fetch_task
from quo_mcp.records.tasks import Task
from quo_mcp.tools.base import Effect
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.resolve.resolution import Resolution
from quo_mcp.values.reference_ids import read_id
from quo_mcp.values.references import SEPARATOR, candidate_line, split_heading
from quo_mcp.values.untrusted import inline, quote_inline
from quo_mcp.values.wrapping import readings

TASK_ID = "^TK[A-Za-z0-9]+$"
_TITLE_BEFORE_ID = re.compile(r"(?P<title>.+?)[ :]*\(TK[A-Za-z0-9]+\)[.,;]?")
MAX_LISTED = 5  # candidates
# Words around a title: "the antifreeze task".
_FRAME = frozenset({"the", "a", "an", "task", "to", "do", "todo", "my", "our"})


async def resolve_task(reference: str, context: ToolContext, *, effect: Effect) -> Resolution[str]:
    """Return the id of the one task that matches an id, a title or words of a title. Open tasks come first.

    effect: what the call does. A deletion requires the full title; other calls accept words, with a note.

    Raises:
        InvalidArguments: no task matches, or several do; the message lists them with their ids. Or a title is
            printed with the id of another task.
    """
    text = reference.strip()
    try:
        task_id = read_id(text, TASK_ID)
    except ValueError as error:
        raise InvalidArguments(f"task_id: {error}.") from None
    if re.fullmatch(TASK_ID, task_id):
        await _check_printed_title(text, task_id, context)
        return Resolution(task_id)
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


async def _check_printed_title(text: str, task_id: str, context: ToolContext) -> None:
    """Check that the title printed before an id, as in a line of quo_list_tasks, is that of the task.

    Raises:
        InvalidArguments: it is another task's.
    """
    parts = _parts_before_id(text)
    if not parts:
        return
    title = (await fetch_task(context.account.api, task_id)).title or "Untitled"
    # A title may contain the separator of a line, so every beginning of the line may be the title.
    beginnings = [SEPARATOR.join(parts[: count + 1]) for count in range(len(parts))]
    if not any(_is_printed_title(beginning, title) for beginning in beginnings):
        raise InvalidArguments(
            f"{quote_inline(parts[0])} is not the title of {task_id}, which is {quote_inline(title)}. If that task is meant, call "
            "again with the id alone; otherwise with the title alone."
        )


def _is_printed_title(text: str, title: str) -> bool:
    """Return whether a text is a title, also if it was shortened or its unsafe characters were replaced."""
    printed = text.strip("\"'`* ")
    is_cut = printed.endswith("…") and normalize_name(title).startswith(
        normalize_name(printed.removesuffix("…"))
    )
    forms = (title, inline(title, 60), inline(title, 120), inline(title, 200, max_words=12))
    return is_cut or normalize_name(printed) in set(map(normalize_name, forms))


def _parts_before_id(text: str) -> list[str]:
    """Return the parts of a printed line of a task before its id; none if there is only an id."""
    readable = [text, *readings(text)]
    for inner in readable:
        if heading := split_heading(inner):
            return heading[0].split(SEPARATOR)
    for inner in readable:
        match = _TITLE_BEFORE_ID.fullmatch(inner.strip())
        if match and set(tokenize(match["title"])) - _FRAME:
            return [match["title"].strip("\"'`* ")]
    return []


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
