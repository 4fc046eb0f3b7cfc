"""Every tool, by toolset, in the order of the README. A person can switch toolsets on and off."""

from quo_mcp.tools import (
    calls,
    check_setup,
    connections,
    contacts,
    conversations,
    create_contact,
    create_task,
    digest,
    find_contacts,
    list_voicemails,
    mark_conversation,
    messages,
    opt_outs,
    person_overview,
    recordings,
    send_messages,
    stats,
    summaries,
    tasks,
    transcripts,
    update_contact,
    update_task,
    webhooks,
    workspace,
)
from quo_mcp.tools.base import Toolsets

OFF_BY_DEFAULT = frozenset({"webhooks"})

TOOLSETS: Toolsets = {
    "workspace": (
        workspace.ListPhoneNumbers,
        workspace.GetPhoneNumber,
        workspace.ListUsers,
        workspace.GetUser,
        check_setup.CheckSetup,
    ),
    "messages": (
        send_messages.SendMessage,
        send_messages.SendGroupMessage,
        send_messages.GetSendStatus,
        opt_outs.AddOptOut,
        messages.ListMessages,
        messages.GetMessage,
    ),
    "calls": (
        calls.ListCalls,
        list_voicemails.ListVoicemails,
        calls.GetCall,
        recordings.GetCallRecordings,
        summaries.GetCallSummary,
        transcripts.GetCallTranscript,
        recordings.GetCallVoicemail,
    ),
    "contacts": (
        find_contacts.FindContacts,
        contacts.ListContacts,
        contacts.GetContact,
        create_contact.CreateContact,
        update_contact.UpdateContact,
        update_contact.DeleteContact,
        contacts.ListContactCustomFields,
    ),
    "conversations": (
        digest.GetDigest,
        person_overview.GetPerson,
        conversations.ListConversations,
        mark_conversation.MarkConversation,
        stats.GetStats,
    ),
    "tasks": (
        tasks.ListTasks,
        tasks.GetTask,
        create_task.CreateTask,
        update_task.UpdateTask,
        create_task.DeleteTask,
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
