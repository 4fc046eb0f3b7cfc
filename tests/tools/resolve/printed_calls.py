"""The calls whose results are searched for printed things: every tool but those that delete."""

from dataclasses import replace

from quo_mcp.sandbox import Fault
from sandbox.play import JANE

POSTS = {"method": "POST", "path": "/quo/v1/messages"}
DELETING = {
    "quo_delete_contact",
    "quo_delete_task",
    "quo_delete_connection",
    "quo_delete_webhook",
}  # what they print does not exist any more

# The calls whose arguments are known beforehand.
CALLS = [
    ("quo_check_setup", {}),
    ("quo_list_phone_numbers", {}),
    ("quo_get_phone_number", {"inbox": "Front Desk"}),
    ("quo_list_users", {}),
    ("quo_list_users", {"limit": 2}),
    ("quo_get_user", {"user_id": "Tom Okafor"}),
    ("quo_list_messages", {"person": JANE}),
    ("quo_list_messages", {"limit": 30}),
    ("quo_list_messages", {"person": "Dana Kowalczyk", "limit": 5}),
    ("quo_list_messages", {"sent_by": "Marisol Vega", "since": "30d", "limit": 2}),
    ("quo_list_messages", {"person": ["Oliver Ashworth", "Grace Liu", "Dana Kowalczyk"]}),
    ("quo_list_calls", {"limit": 30}),
    ("quo_list_calls", {"person": "Grace Liu"}),
    ("quo_list_calls", {"handled_by": "Sona", "since": "60d"}),
    ("quo_list_calls", {"missed": True, "since": "30d", "limit": 3}),
    ("quo_list_voicemails", {"since": "30d"}),
    ("quo_list_voicemails", {"since": "30d", "limit": 2}),
    ("quo_list_contacts", {"limit": 20}),
    ("quo_find_contacts", {"query": "pipe"}),
    ("quo_find_contacts", {"query": "jane"}),
    ("quo_get_contact", {"contact_id": "Dana Kowalczyk"}),
    ("quo_get_person", {"person": "Dana Kowalczyk"}),
    ("quo_get_person", {"person": "Kenji Watanabe"}),
    ("quo_get_digest", {}),
    ("quo_get_digest", {"since": "14d", "limit": 3}),
    ("quo_get_stats", {"kind": "calls", "by": "person"}),
    ("quo_get_stats", {"kind": "calls", "by": "inbox"}),
    ("quo_get_stats", {"kind": "messages", "by": "teammate"}),
    ("quo_list_conversations", {"limit": 30}),
    ("quo_list_conversations", {"inboxes": ["Front Desk"], "limit": 3}),
    ("quo_list_tasks", {"state": "all"}),
    ("quo_list_tasks", {"limit": 3}),
    ("quo_list_contact_custom_fields", {}),
    ("quo_list_connections", {}),
    ("quo_create_connection", {}),
    ("quo_create_webhook", {"url": "https://hooks.example.com/a", "events": ["call.ringing"]}),
    ("quo_list_webhooks", {}),
    ("quo_send_message", {"to": "Rosa Delgado", "text": "Hi", "dry_run": True}),
    ("quo_send_message", {"to": "Rosa Delgado", "text": "The valve is ready."}),
    (
        "quo_send_group_message",
        {"to": ["Rosa Delgado", JANE], "text": "Both of you are invited.", "inbox": "Front Desk"},
    ),
    ("quo_create_contact", {"first_name": "Nora", "phone_numbers": ["mobile: +14155550198"]}),
    ("quo_update_contact", {"contact_id": "Rosa Delgado", "role": "Homeowner"}),
    ("quo_create_task", {"title": "Check the valve", "person": JANE, "due": "in 3 days"}),
    ("quo_update_task", {"task_id": "Check the valve", "assignee": "Tom Okafor"}),
    ("quo_mark_conversation", {"conversation": ["Jane Whitaker"], "state": "done"}),
    ("quo_add_opt_out", {"person": "Hank Petrosyan", "reason": "He asked for calls only."}),
]


async def calls(quo):
    """Return all calls: those of CALLS, and those with ids from the sandbox."""
    state = quo.box.state
    quo.box.inject(Fault("altered", **POSTS, details={"text": "Another text"}))
    outbox = quo.account.outbox
    outbox._timeouts = replace(outbox._timeouts, search_delays=())
    await quo("quo_send_message", to="Grace Liu", text="Lost and not found", inbox="Front Desk")
    [unknown] = await outbox.list_recent(1)
    summary, transcript, voicemail = (
        next(iter(items)) for items in (state.summaries, state.transcripts, state.voicemails)
    )
    with_media = next(m["id"] for m in state.messages.values() if m.get("media"))
    ids = {
        "quo_get_send_status": {"send_id": unknown.send_id},
        "quo_get_message": {"message_id": with_media, "media_links": True},
        "quo_get_call": {"call_id": summary},
        "quo_get_call_summary": {"call_id": [summary]},
        "quo_get_call_recordings": {"call_id": summary},
        "quo_get_call_transcript": {"call_id": transcript},
        "quo_get_call_voicemail": {"call_id": voicemail},
        "quo_get_task": {"task_id": next(iter(state.tasks))},
        "quo_get_connection": {"connection_id": next(iter(state.connections))},
        "quo_get_webhook": {"webhook_id": next(iter(state.webhooks))},
    }
    return [*CALLS, *ids.items()]
