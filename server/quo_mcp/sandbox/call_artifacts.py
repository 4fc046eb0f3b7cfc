"""Calls with their artifacts: recording, voicemail, summary and transcript."""

from datetime import datetime, timedelta

from quo_mcp.sandbox.http import Json, format_time
from quo_mcp.sandbox.state import SandboxState

WORDS_PER_SECOND = 2.0
PAUSE = 1.5  # seconds after each utterance
MEDIA_URL = "https://media.quo.example.com"
RING_TIME = timedelta(seconds=9)
ONGOING_STATUSES = {"queued", "initiated", "ringing", "in-progress"}
MIN_RECORDED_SECONDS = 30
Utterances = list[tuple[str | None, str]]
"""(speaker, text) pairs. The speaker is the id of a user or AI agent; None is the other party."""


def create_call(
    state: SandboxState,
    number: Json,
    person: str,
    at: datetime,
    *,
    incoming: bool,
    status: str,
    seconds: int,
    user_id: str | None,
    utterances: Utterances,
    answered: bool = True,
    ai_agent: str | None = None,
) -> Json:
    """Add a call, with a recording if it was answered and lasted 30 s or longer.

    The duration follows from the utterances; without any, it is `seconds`.
    """
    duration = round(sum(_speaking_time(text) for _, text in utterances)) or seconds
    connected = answered and status in {"completed", "answered", "in-progress"}
    ended = at + RING_TIME + timedelta(seconds=duration)
    completed_at = None if status in ONGOING_STATUSES else format_time(ended)
    user_id = user_id or state.default_user(number)
    call = state.add_call(
        number,
        person,
        at,
        direction="incoming" if incoming else "outgoing",
        status=status,
        duration=duration,
        answeredAt=format_time(at + RING_TIME) if connected else None,
        completedAt=completed_at,
        answeredBy=(ai_agent or user_id) if incoming and connected else None,
        initiatedBy=None if incoming else user_id,
        aiHandled="ai-agent" if ai_agent else None,
        callRoute="phone-menu" if ai_agent else "phone-number",
        userId=user_id,
    )
    if connected and completed_at and duration >= MIN_RECORDED_SECONDS:
        state.recordings[call["id"]] = [_recording(state, call, duration)]
    return call


def _speaking_time(text: str) -> float:
    """Return the seconds that a text takes to speak, including the pause after it."""
    return len(text.split()) / WORDS_PER_SECOND + PAUSE


def _recording(state: SandboxState, call: Json, duration: int) -> Json:
    recording_id = state.new_id("CR")
    return {
        "id": recording_id,
        "status": "completed",
        "startTime": call["answeredAt"],
        "duration": duration,
        "url": f"{MEDIA_URL}/recordings/{recording_id}.mp3?signature={state.new_id('', 16)}",
        "type": "audio/mpeg",
    }


def add_voicemail(state: SandboxState, call: Json, transcript: str | None) -> None:
    """Add a voicemail to a call; without a transcript, its transcription is still in progress."""
    voicemail_id = state.new_id("VM")
    state.voicemails[call["id"]] = {
        "id": voicemail_id,
        "status": "completed" if transcript else "in-progress",
        "duration": round(_speaking_time(transcript)) if transcript else None,
        "transcript": transcript,
        "recordingUrl": f"{MEDIA_URL}/voicemails/{voicemail_id}.mp3" if transcript else None,
    }


def add_summary_and_transcript(
    state: SandboxState,
    call: Json,
    utterances: Utterances,
    *,
    summary: list[str] | None,
    next_steps: list[str] | None,
    status: str | None = None,
) -> None:
    """Add a call's summary and transcript. `status` applies to both; the default is completed."""
    state.summaries[call["id"]] = {
        "callId": call["id"],
        "status": status or "completed",
        "summary": summary,
        "nextSteps": (next_steps or []) if summary is not None else None,
        "jobs": None,
    }
    number = state.numbers[call["phoneNumberId"]]["number"]
    person = next((party for party in call["participants"] if party != number), None)
    dialogue, clock = [], 0.0
    for speaker, text in utterances:
        end = clock + _speaking_time(text)
        utterance = {"content": text, "start": round(clock, 2), "end": round(end - 0.4, 2)}
        user_id = speaker if speaker and speaker.startswith("US") else None
        utterance |= {"identifier": number if speaker else person, "userId": user_id}
        dialogue.append(utterance)
        clock = end
    state.transcripts[call["id"]] = {
        "callId": call["id"],
        "createdAt": call["createdAt"],
        "duration": call["duration"],
        "status": status or "completed",
        "dialogue": dialogue if utterances else None,
    }
