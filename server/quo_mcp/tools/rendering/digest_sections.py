"""Rendering of the parts of a digest below the conversations that wait: tasks, failed messages, closing words."""

from collections.abc import Mapping, Sequence

from quo_mcp.history.answers import Waiting
from quo_mcp.history.sona_follow_up import SonaCall
from quo_mcp.records.calls import Call
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.messages import Message
from quo_mcp.records.tasks import Task
from quo_mcp.tools.rendering import Presenter, block, heading
from quo_mcp.tools.rendering.calls import describe_outcome, other_parties
from quo_mcp.tools.rendering.groups import group_label
from quo_mcp.tools.rendering.waiting import short_text
from quo_mcp.values.untrusted import blockquote, inline, quote_inline

MAX_CLOSING_TEXT = 40  # characters
MAX_SECTION = 10  # lines


def section(title: str, lines: Sequence[str], tool: str) -> list[str]:
    """Return a part of the digest with its title; nothing if it has no lines. tool: shows the rest."""
    if not lines:
        return []
    rest = len(lines) - MAX_SECTION
    return [
        f"{title}:",
        *lines[:MAX_SECTION],
        *([f"For {rest} more, call {tool}."] if rest > 0 else ()),
    ]


def task_line(task: Task, presenter: Presenter, conversations: Mapping[str, Conversation]) -> str:
    """Return a task on one line. conversations: by id, for its people."""
    conversation = conversations.get(task.conversation_id or "")
    return heading(
        inline(task.title or "Untitled", 60),
        f"{'overdue' if task.is_overdue(presenter.now) else 'due'} {presenter.time(task.due_date)}"
        if task.due_date
        else None,
        f"assigned to {presenter.teammate(task.assigned_to)}" if task.assigned_to else "unassigned",
        f"with {presenter.short_people(conversation.participants)}" if conversation else None,
        task.id,
    )


def undelivered_block(message: Message, presenter: Presenter) -> str:
    """Render a message of ours that was not delivered: when, to whom, by whom, and its words."""
    return block(
        heading(
            presenter.time(message.created_at) if message.created_at else None,
            f"to {presenter.short_people(message.to)}",
            f"by {presenter.teammate(message.user_id)}" if message.user_id else None,
            message.id,
        ),
        blockquote(short_text(message.text)) if message.text else None,
    )


def sona_block(sona_call: SonaCall, presenter: Presenter) -> str:
    """Render a call that Sona took: when, from whom, and the next steps."""
    call, steps = sona_call.call, sona_call.next_steps
    return block(
        heading(
            presenter.time(call.created_at) if call.created_at else None,
            presenter.short_people(other_parties(call, presenter)),
            "next steps unknown" if steps is None else None,
            call.id,
        ),
        blockquote(short_text("; ".join(steps))) if steps else None,
    )


def ongoing_line(call: Call, presenter: Presenter) -> str:
    """Return a call that is ringing or in progress on one line."""
    return heading(
        presenter.short_people(other_parties(call, presenter)), describe_outcome(call, presenter)
    )


def closing_line(entry: Waiting, presenter: Presenter) -> str:
    """Return who only wrote closing words, and which, on one line."""
    return heading(
        presenter.short_people(entry.conversation.participants),
        group_label(entry.conversation),
        quote_inline(last_text(entry), MAX_CLOSING_TEXT),
        entry.conversation.id,
    )


def last_text(entry: Waiting) -> str:
    last = entry.items[-1]
    return short_text(last.text) if isinstance(last, Message) else ""
