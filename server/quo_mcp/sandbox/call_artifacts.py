"""What a call leaves behind: its record, a recording, a voicemail, a summary and a transcript."""

from datetime import datetime, timedelta

from quo_mcp.sandbox.http import Json, iso
from quo_mcp.sandbox.state import World

WORDS_A_SECOND = 2.0
BREATH = 1.5
MEDIA = "https://media.quo.example.com"
RINGS = timedelta(seconds=9)
LIVE = {"queued", "initiated", "ringing", "in-progress"}
Words = list[tuple[str | None, str]]
"""Who speaks (a user or the AI agent, by id; None is the other side) and what they say."""


def record(
    world: World,
    number: Json,
    person: str,
    at: datetime,
    *,
    incoming: bool,
    status: str,
    seconds: int,
    by: str | None,
    words: Words,
    answered: bool = True,
    sona: str | None = None,
) -> Json:
    """A call, as long as its words take to say if there are any, else `seconds`."""
    length = round(sum(_spoken(text) for _, text in words)) or seconds
    spoken_with = answered and status in {"completed", "answered", "in-progress"}
    over = None if status in LIVE else iso(at + RINGS + timedelta(seconds=length))
    call = world.add_call(
        number,
        person,
        at,
        direction="incoming" if incoming else "outgoing",
        status=status,
        duration=length,
        answeredAt=iso(at + RINGS) if spoken_with else None,
        completedAt=over,
        answeredBy=(sona or by or world.keeper(number)) if incoming and spoken_with else None,
        initiatedBy=None if incoming else by or world.keeper(number),
        aiHandled="ai-agent" if sona else None,
        callRoute="phone-menu" if sona else "phone-number",
        userId=by or world.keeper(number),
    )
    if spoken_with and over and length >= 30:
        world.recordings[call["id"]] = [_recording(world, call, length)]
    return call


def _spoken(text: str) -> float:
    """Seconds that a line takes, with the breath after it."""
    return len(text.split()) / WORDS_A_SECOND + BREATH


def _recording(world: World, call: Json, length: int) -> Json:
    name = world.new_id("CR")
    return {
        "id": name,
        "status": "completed",
        "startTime": call["answeredAt"],
        "duration": length,
        "url": f"{MEDIA}/recordings/{name}.mp3?signature={world.new_id('', 16)}",
        "type": "audio/mpeg",
    }


def keep_voicemail(world: World, call: Json, transcript: str | None) -> None:
    """A message on the machine; without a transcript it is still being written down."""
    name = world.new_id("VM")
    length = round(_spoken(transcript)) if transcript else None
    world.voicemails[call["id"]] = {
        "id": name,
        "status": "completed" if transcript else "in-progress",
        "duration": length,
        "transcript": transcript,
        "recordingUrl": f"{MEDIA}/voicemails/{name}.mp3" if transcript else None,
    }


def keep_words(
    world: World,
    call: Json,
    words: Words,
    *,
    summary: list[str] | None,
    steps: list[str] | None,
    status: str | None = None,
) -> None:
    """The summary and the transcript; with another status than completed there is nothing in them."""
    world.summaries[call["id"]] = {
        "callId": call["id"],
        "status": status or "completed",
        "summary": summary,
        "nextSteps": (steps or []) if summary is not None else None,
        "jobs": None,
    }
    number = world.numbers[call["phoneNumberId"]]["number"]
    person = next((each for each in call["participants"] if each != number), None)
    dialogue, clock = [], 0.0
    for user, text in words:
        end = clock + _spoken(text)
        line = {"content": text, "start": round(clock, 2), "end": round(end - 0.4, 2)}
        person_of_ours = user if user and user.startswith("US") else None
        line |= {"identifier": number if user else person, "userId": person_of_ours}
        dialogue.append(line)
        clock = end
    world.transcripts[call["id"]] = {
        "callId": call["id"],
        "createdAt": call["createdAt"],
        "duration": call["duration"],
        "status": status or "completed",
        "dialogue": dialogue if words else None,
    }
