"""Tasks."""

from datetime import datetime

from pydantic import Field

from quo_mcp.records.record import Id, Record, Timestamp


class Task(Record):
    """A task. Due date and assignee are optional. `phone_number_id` is the inbox it belongs to."""

    id: Id = Field(alias="taskId")
    title: str | None = None
    description: str | None = None
    due_date: Timestamp | None = None
    assigned_to: str | None = None
    assigned_by: str | None = None
    created_by: str | None = None
    created_at: Timestamp | None = None
    completed: bool = False
    is_deleted: bool = False
    phone_number_id: Id | None = None
    conversation_id: Id | None = None
    activity_id: Id | None = None

    def is_overdue(self, now: datetime) -> bool:
        return not self.completed and self.due_date is not None and self.due_date < now


class TaskActivity(Record):
    """The phone numbers of a task's message or call."""

    sender: str = Field("", alias="from")
    to: tuple[str, ...] = ()
    participants: tuple[str, ...] = ()

    @property
    def all_numbers(self) -> tuple[str, ...]:
        return (self.sender, *self.to, *self.participants)
