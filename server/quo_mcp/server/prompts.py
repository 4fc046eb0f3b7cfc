"""The prompts: what to read, in which order, and what to report.

A prompt is not listed if a tool of one of its required steps is disabled. An optional step is left out instead.
"""

from collections.abc import Mapping

from quo_mcp.errors import InvalidArguments
from quo_mcp.server.prompt_template import PromptTemplate, Step, tools_named_in
from quo_mcp.server.tool_policy import EnabledTools
from quo_mcp.tools.context import Account
from quo_mcp.tools.resolve.arguments import resolve_time
from quo_mcp.values.untrusted import inline

ARGUMENTS = {
    "person": "Name, number or e-mail",
    "inbox": "One of your numbers, by name or number",
    "since": "How far back, like today, 3d or monday",
    "teammate": "Whom it is for",
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
    raise InvalidArguments(f"There is no prompt {inline(name)}.")


def check_arguments(arguments: Mapping[str, str], account: Account) -> None:
    """Check the time argument as the tools do. Checking people and inboxes would take requests, so the tools do that.

    Raises:
        InvalidArguments: the time is not understood.
    """
    if since := arguments.get("since", "").strip():
        resolve_time(since, "since", account)


ALL_PEOPLE = (
    "since {since} on {inbox}, without a person and with limit=100: everybody's, in one call"
)
RECENT_ACTIVITY_STEP = Step(f"{{ListMessages}} and {{ListCalls}} {ALL_PEOPLE} each.")
DONE_CONVERSATIONS_STEP = Step(
    "{ListConversations} with updated_since {since}: threads shown as done are finished.",
    optional=True,
)
WAITING_RULE_STEP = Step(
    "Somebody waits for us if the last text is theirs and wants something, or if we missed a call of theirs and neither "
    "called nor wrote since. An automatic text within a minute of a call answers nobody."
)
CALL_CONTENT_STEP = Step(
    "{GetCallVoicemail} for the missed calls that wait and left one, or were not looked into by the list; {GetCallSummary} "
    "for answered ones where it matters what was agreed. Both name who and when."
)

PROMPTS = (
    PromptTemplate(
        "morning_brief",
        "Morning brief",
        "Who waits for an answer, what came in, and what is due today.",
        {"inbox": "all my numbers", "since": "“3 days ago”"},
        "Brief me for the day: what happened since {since} on {inbox}, and what waits for me.",
        (
            RECENT_ACTIVITY_STEP,
            DONE_CONVERSATIONS_STEP,
            WAITING_RULE_STEP,
            CALL_CONTENT_STEP,
            Step("{ListTasks}: what is overdue, and what is due today.", optional=True),
        ),
        "Report, on one screen: who waits for an answer, the longest first, each with name, number, inbox, since when "
        "and what they want in one sentence; missed calls and voicemails nobody has answered; texts of ours that were "
        "not delivered; tasks overdue or due today; everything else in one line. End with the three things you would do first.",
    ),
    PromptTemplate(
        "voicemail_triage",
        "Voicemail triage",
        "Voicemails by urgency, and which of them somebody has answered.",
        {"inbox": "all my numbers", "since": "“7 days ago”"},
        "Go through the voicemails left since {since} on {inbox}.",
        (
            Step(
                f"{{ListCalls}} {ALL_PEOPLE}. Take the incoming calls that nobody answered; one that Sona handled has a summary "
                "instead ({GetCallSummary}). Callers who hid their number are not listed: say how many threads were left out."
            ),
            Step(
                "{GetCallVoicemail} for each that left one, and for those that the list did not look into: it names who called, "
                "when and on which inbox. One that is still being transcribed counts as not read."
            ),
            Step(
                "{ListMessages} likewise, and the later calls of the list: has somebody written or called back? An automatic "
                "text within a minute of the call answers nobody."
            ),
        ),
        "Report four groups: urgent (danger, damage, somebody stuck, a deadline), wants an answer, for information, "
        "spam or sales. Each with who, when, what they want in one sentence, another number if they left one, and whether "
        "it was answered and by whom. A name that is only heard in a transcript may be misspelt: say that it was heard. "
        "For those who wait, draft a reply of one or two sentences that promises nothing.",
    ),
    PromptTemplate(
        "follow_up_missed_call",
        "Follow up a missed call",
        "What they wanted, and a text to answer it with.",
        {"person": None, "inbox": "whichever of my numbers they called"},
        "Help me follow up the call I missed from {person}, on {inbox}.",
        (
            Step(
                "{GetPerson} with them: who they are, what came before, and the latest incoming call that nobody answered ("
                "{ListCalls} with them and missed=true, if it is further back). If there is none, say so and stop; if somebody "
                "of us has called or written since, tell me and stop."
            ),
            Step("{GetCallVoicemail} for that call, if it left one: what they wanted."),
            Step(
                "Draft one text in my voice of at most 300 characters: sorry to have missed the call, and an answer to "
                "what they asked or a question when to call. Promise no time, price or fact that I have not given you."
            ),
            Step(
                "{SendMessage} from the number they called, with dry_run=true: how the draft would go out, and what stands "
                "against it. Only once I have said yes to these very words, send them, once. Where it is unknown what became "
                "of it, {GetSendStatus} tells; never send it again.",
                optional=True,
            ),
        ),
        "Show me what they wanted, what came before, and the draft.",
    ),
    PromptTemplate(
        "prepare_for_call",
        "Prepare for a call",
        "Who they are, where things stand, and what to raise.",
        {"person": None, "since": "“90 days ago”"},
        "Prepare me for a call with {person}.",
        (
            Step(
                "{GetPerson} with them: who they are, what is open, the latest on all my numbers. If several fit, ask me which one."
            ),
            Step(
                "{ListMessages} and {ListCalls} with them since {since}, where that goes further back."
            ),
            Step(
                "{GetCallSummary} for the latest three calls that were answered; where there is none and it matters, the "
                "end of {GetCallTranscript}. {GetCallVoicemail} for missed ones that left one."
            ),
        ),
        "Report, on half a page: who they are; the last contact, and with whom of us; what we owe them (promises, questions "
        "not answered) and what they owe us; dates, prices and other figures that were said, each with when and where; "
        "three points to raise. What is not in what you read, leave out; what is unsure, call unsure.",
    ),
    PromptTemplate(
        "end_of_day_handover",
        "End-of-day handover",
        "What happened, what is open, and what was promised to whom.",
        {"inbox": "all my numbers", "since": "“today”", "teammate": "whoever takes over"},
        "Write my handover for {teammate}: what happened since {since} on {inbox}, and what is open.",
        (
            RECENT_ACTIVITY_STEP,
            DONE_CONVERSATIONS_STEP,
            WAITING_RULE_STEP,
            CALL_CONTENT_STEP,
            Step("{ListTasks}: those that are overdue or due by tomorrow.", optional=True),
            Step(
                "Name promises of ours without a task, with what {CreateTask} would hold. Make none yet.",
                optional=True,
            ),
            Step(
                "Name threads that are finished and not marked so ({MarkConversation}). Mark none yet.",
                optional=True,
            ),
        ),
        "Write it for somebody who was not there, on one page: open, each with who, number and inbox, what they expect, "
        "what was promised by whom and until when; waiting for others; finished today, in a line each.",
    ),
)
"""The prompts, in the order in which they are listed."""
