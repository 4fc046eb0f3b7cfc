"""Every tool, by the toolset that a person can switch on or off, in the order the README lists them."""

from quo_mcp.safety.policy import Toolsets
from quo_mcp.tools import (
    calls,
    connections,
    contact_changes,
    contact_making,
    contacts,
    conversations,
    messages,
    person,
    recordings,
    sends,
    setup,
    summaries,
    task_changes,
    task_updates,
    tasks,
    transcripts,
    webhooks,
    workspace,
)

OFF_BY_DEFAULT = frozenset({"webhooks"})

TOOLSETS: Toolsets = {
    "workspace": (
        workspace.ListPhoneNumbers,
        workspace.GetPhoneNumber,
        workspace.ListUsers,
        workspace.GetUser,
        setup.CheckSetup,
    ),
    "messages": (
        sends.SendMessage,
        sends.SendGroupMessage,
        sends.GetSendStatus,
        messages.ListMessages,
        messages.GetMessage,
    ),
    "calls": (
        calls.ListCalls,
        calls.GetCall,
        recordings.GetCallRecordings,
        summaries.GetCallSummary,
        transcripts.GetCallTranscript,
        recordings.GetCallVoicemail,
    ),
    "contacts": (
        contacts.FindContacts,
        contacts.ListContacts,
        contacts.GetContact,
        contact_making.CreateContact,
        contact_changes.UpdateContact,
        contact_changes.DeleteContact,
        contacts.ListContactCustomFields,
    ),
    "conversations": (
        person.GetPerson,
        conversations.ListConversations,
        conversations.MarkConversation,
    ),
    "tasks": (
        tasks.ListTasks,
        tasks.GetTask,
        task_changes.CreateTask,
        task_updates.UpdateTask,
        task_changes.DeleteTask,
    ),
    "connections": (
        connections.ListConnections,
        connections.GetConnection,
        connections.CreateConnection,
        connections.DeleteConnection,
    ),
    "webhooks": (
        webhooks.ListWebhooks,
        webhooks.GetWebhook,
        webhooks.CreateWebhook,
        webhooks.DeleteWebhook,
    ),
}
