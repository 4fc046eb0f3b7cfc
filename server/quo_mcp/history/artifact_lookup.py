"""Lookup of an artifact of a call: its summary, transcript, recordings or voicemail."""

from dataclasses import dataclass
from typing import Generic, TypeVar

import anyio

from quo_mcp.errors import NotFound, Refusal
from quo_mcp.gateway import ApiClient
from quo_mcp.history.activity_lookup import fetch_activity
from quo_mcp.records.calls import Call
from quo_mcp.records.record import Envelope, Record

Artifact = TypeVar("Artifact", bound=Record)


@dataclass(frozen=True)
class FetchedArtifact(Generic[Artifact]):
    """A summary, transcript, recording list or voicemail, with its call.

    call: None if the call itself could not be read.
    """

    artifact: Artifact
    call: Call | None


async def fetch_artifact(
    api: ApiClient, reply_type: type[Artifact], resource: str, call_id: str
) -> FetchedArtifact[Artifact] | Call:
    """Fetch an artifact of a call together with the call, or the call alone if it has no such artifact.

    An artifact holds neither the parties nor the time, so the call is fetched at the same time. The
    call also tells an artifact that does not exist from an unknown id: Quo answers 404 to both.

    resource: the artifact's path segment in Quo's API, such as "call-summaries".

    Raises:
        NotFound: the call id is unknown.
        Refusal: the artifact could not be read.
    """
    call_results: list[Call | Refusal] = []

    async def fetch_call() -> None:
        try:
            call_results.append((await fetch_activity(api, Envelope[Call], "calls", call_id)).data)
        except Refusal as refusal:
            call_results.append(refusal)

    artifact: Artifact | Refusal
    async with anyio.create_task_group() as task_group:
        task_group.start_soon(fetch_call)
        try:
            artifact = await api.get(reply_type, resource, call_id)
        except Refusal as refusal:
            artifact = refusal
    [call] = call_results
    if isinstance(artifact, NotFound) and artifact.source == "quo":
        if isinstance(call, Refusal):
            raise call
        return call
    if isinstance(artifact, Refusal):
        raise artifact
    return FetchedArtifact(artifact, None if isinstance(call, Refusal) else call)
