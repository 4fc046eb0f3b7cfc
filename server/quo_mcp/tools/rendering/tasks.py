"""Rendering of tasks."""

from quo_mcp.history.task_activity import ConversationsById
from quo_mcp.records.tasks import Task
from quo_mcp.tools.rendering import Presenter, block, heading, unreadable_note
from quo_mcp.values.untrusted import blockquote, inline

PREVIEW_LENGTH = 200  # characters of a description in a list


def render_task(
    task: Task, presenter: Presenter, conversations: ConversationsById, *, full: bool = False
) -> str:
    """Return a task as text: title, state, due date, assignee, people, and its description quoted.

    conversations: by id, for the people. full: add the whole description and where the task is from.
    """
    conversation = conversations.get(task.conversation_id or "")
    inbox = f"on {presenter.inbox_name(task.phone_number_id)}" if task.phone_number_id else None
    subject_id = task.conversation_id or task.activity_id
    description = task.description or ""
    is_cut = len(description) > PREVIEW_LENGTH and not full
    return block(
        heading(
            inline(task.title or "Untitled", 120),
            "done" if task.completed else "overdue" if task.is_overdue(presenter.now) else None,
            f"due {presenter.time(task.due_date)}" if task.due_date else None,
            f"assigned to {presenter.teammate(task.assigned_to)}"
            if task.assigned_to
            else "unassigned",
            " ".join(filter(None, [f"with {presenter.people(conversation.participants)}", inbox]))
            if conversation
            else inbox,
            f"linked to {subject_id}" if subject_id and not conversation and not full else None,
            unreadable_note(task),
            task.id,
        ),
        blockquote(f"{description[:PREVIEW_LENGTH].rstrip()}…" if is_cut else description)
        if description.strip() and description != task.title
        else None,
        *(origin_lines(task, presenter) if full else ()),
    )


def origin_lines(task: Task, presenter: Presenter) -> list[str]:
    """Return what the task is linked to, who created it, and who assigned it, one line each."""
    created = [
        "Created",
        presenter.time(task.created_at) if task.created_at else None,
        f"by {presenter.teammate(task.created_by)}" if task.created_by else None,
    ]
    return [
        *([f"  Linked to conversation {task.conversation_id}"] if task.conversation_id else ()),
        *([f"  Linked to message or call {task.activity_id}"] if task.activity_id else ()),
        *([f"  {' '.join(filter(None, created))}"] if task.created_at or task.created_by else ()),
        *([f"  Assigned by {presenter.teammate(task.assigned_by)}"] if task.assigned_by else ()),
    ]
