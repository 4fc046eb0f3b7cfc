"""The prompts: what to read, in which order, and what to report.

A prompt is not listed if a tool of one of its required steps is disabled. An optional step is left out instead.
"""

from collections.abc import Mapping

from quo_mcp.errors import InvalidArguments
from quo_mcp.server.prompt_template import PromptTemplate, Step, tools_named_in
from quo_mcp.server.tool_policy import EnabledTools
from quo_mcp.tools.context import Account
from quo_mcp.tools.resolve.moments import resolve_time
from quo_mcp.values.untrusted import quote_inline

ARGUMENTS = {
    "person": "The person's name, phone number or email address",
    "inbox": "One of your inboxes: its name, number or id",
    "since": "How far back to look, e.g. today, 3d or monday",
    "teammate": "The teammate who takes over",
}


def enabled_prompts(tools: EnabledTools) -> list[PromptTemplate]:
    """Return the prompts whose required steps need only enabled tools."""
    return [
        prompt
        for prompt in PROMPTS
        if tools_named_in(" ".join(step.text for step in prompt.steps if not step.optional))
        <= set(tools)
    ]


def find_prompt(name: str, tools: EnabledTools) -> PromptTemplate:
    """Return the prompt with this name.

    Raises:
        InvalidArguments: no enabled prompt has this name.
    """
    for prompt in enabled_prompts(tools):
        if prompt.name == name:
            return prompt
    raise InvalidArguments(f"Unknown prompt {quote_inline(name)}.")


def check_arguments(arguments: Mapping[str, str], account: Account) -> None:
    """Check the time argument as the tools do. Checking people and inboxes would take requests, so the tools do that.

    Raises:
        InvalidArguments: the time is not understood.
    """
    if since := arguments.get("since", "").strip():
        resolve_time(since, "since", account)


ALL_PEOPLE = "since {since} on {inbox}, with limit=100 and no person, to include everyone"
RECENT_ACTIVITY_STEP = Step(f"Call {{ListMessages}} and {{ListCalls}} {ALL_PEOPLE}.")
DIGEST_STEP = Step(
    "Call {GetDigest} since {since} on {inbox}. It shows who is waiting, voicemails, tasks that are due, and texts that failed. "
    "If more pages follow, read them all. If its coverage line does not say complete, report that line."
)
PROMPTS = (
    PromptTemplate(
        "morning_brief",
        "Morning brief",
        "Who is waiting for a reply, what is new, and what is due today.",
        {"inbox": "all my inboxes", "since": '"3 days ago"'},
        "Brief me for the day: what happened since {since} on {inbox}, and what needs my attention.",
        (
            DIGEST_STEP,
            Step("Call {GetCallSummary} for answered calls if you need to know what was agreed."),
        ),
        "Report on one screen: who is waiting for a reply, longest wait first, each with name, number, inbox, waiting since, and "
        "what they want in one sentence; missed calls and voicemails without a reply; texts of ours that were not delivered; "
        "tasks that are overdue or due today; everything else in one line. End with the three things you would do first.",
    ),
    PromptTemplate(
        "voicemail_triage",
        "Voicemail triage",
        "Voicemails by urgency, and which ones were answered.",
        {"inbox": "all my inboxes", "since": '"7 days ago"'},
        "Triage the voicemails left since {since} on {inbox}.",
        (
            Step(
                f"Call {{ListVoicemails}} {ALL_PEOPLE}. It shows each transcript, and when and by whom the caller was called back. Report "
                "voicemails without a transcript as not read. Callers with hidden numbers are not listed: report how many "
                "conversations were skipped."
            ),
            Step(
                "For callers who were not called back, call {ListMessages} to see whether one of us texted them. A text marked "
                '"probably automatic" does not count as a reply.'
            ),
        ),
        "Report four groups: urgent (danger, damage, someone who is stuck, a deadline), needs a reply, for information, spam or "
        "sales. For each voicemail, give the caller, the time, what they want in one sentence, any other number they left, and "
        "whether and by whom it was answered. If a name comes only from a transcript, say so: it may be misspelled. For callers "
        "who are waiting, draft a reply of one or two sentences that promises nothing.",
    ),
    PromptTemplate(
        "follow_up_missed_call",
        "Follow up a missed call",
        "What the caller wanted, and a draft reply by text.",
        {"person": None, "inbox": "the inbox that they called"},
        "Help me follow up on the call that I missed from {person} on {inbox}.",
        (
            Step(
                "Call {GetPerson} for this person. Find out who they are, what happened before, and their latest missed call (if it "
                "is further back, call {ListCalls} with person and missed=true). If there is no missed call, or if one of us has "
                "called or texted since, tell me and stop."
            ),
            Step(
                "If the call has a voicemail, call {GetCallVoicemail} to find out what they wanted."
            ),
            Step(
                "Draft one text in my voice, at most 300 characters. Apologize for the missed call, and answer their question or ask "
                "when to call. Promise no time, price or fact that I have not given you."
            ),
            Step(
                "Call {SendMessage} from the inbox that they called, with dry_run=true, to preview the draft and see whether "
                "anything would block it. Send it once, and only after I have approved these exact words. If the outcome is "
                "unknown, call {GetSendStatus}; do not send again.",
                optional=True,
            ),
        ),
        "Show me what they wanted, what happened before, and the draft.",
    ),
    PromptTemplate(
        "prepare_for_call",
        "Prepare for a call",
        "Who the person is, where things stand, and what to raise.",
        {"person": None, "since": '"90 days ago"'},
        "Prepare me for a call with {person}.",
        (
            Step(
                "Call {GetPerson} for this person: who they are, what is open, and the latest activity on all my inboxes. If several "
                "people match, ask me which one."
            ),
            Step(
                "Call {ListMessages} and {ListCalls} for this person since {since}, if that goes further back."
            ),
            Step(
                "Call {GetCallSummary} for the latest three answered calls. If an important call has no summary, read the end of "
                "{GetCallTranscript}. Call {GetCallVoicemail} for missed calls with a voicemail."
            ),
        ),
        "Report on half a page: who they are; when they were last in touch, and with which of us; what we owe them (promises, unanswered "
        "questions) and what they owe us; dates, prices and other figures that were mentioned, each with its source; three "
        "points to raise. Include only what you have read, and mark what is uncertain.",
    ),
    PromptTemplate(
        "end_of_day_handover",
        "End-of-day handover",
        "What happened, what is open, and what was promised to whom.",
        {"inbox": "all my inboxes", "since": '"today"', "teammate": "the teammate who takes over"},
        "Write my handover for {teammate}: what happened since {since} on {inbox}, and what is open.",
        (
            DIGEST_STEP,
            RECENT_ACTIVITY_STEP,
            Step("Call {GetCallSummary} for answered calls if you need to know what was agreed."),
            Step("Call {ListTasks} for tasks that are due tomorrow.", optional=True),
            Step(
                "List our promises that have no task, and the task that {CreateTask} would create for each. Do not create any yet.",
                optional=True,
            ),
            Step(
                "List conversations that are finished but not marked done ({MarkConversation}). Do not mark any yet.",
                optional=True,
            ),
        ),
        "Write one page for a reader who was not there. Open items: for each, the person, number and inbox, what they expect, and "
        "what was promised, by whom and by when. Then what we are waiting for from others. Then what was finished, in one line each.",
    ),
)
"""The prompts, in the order in which they are listed."""
