"""What is found of the way to Quo: the key, the connection behind it, the numbers at its end. Pure."""

from collections.abc import Sequence

from quo_mcp.config.settings import KEY, Config
from quo_mcp.errors import AccessDenied, GatewayError, RateLimited, Refusal, Unavailable
from quo_mcp.gateway import is_reference
from quo_mcp.records.connections import Connection
from quo_mcp.records.workspace import PhoneNumber
from quo_mcp.tools.rendering import dialled, link
from quo_mcp.tools.setup_findings import Finding, Verdict
from quo_mcp.values.untrusted import inline

KEYS = "https://maton.ai/settings"
PINNED = "QUO_MCP_CONNECTION"
NAMED = 5  # numbers and connections that a finding names
CONNECT = "Make one with quo_create_connection (in a shell: quo-mcp call create_connection); a person then opens its link."


def api_key(config: Config, refusal: Refusal | None) -> Finding:
    """refusal: what came of asking the gateway for its connections; None where it answered."""
    about = "API key"
    if config.is_sandbox:
        return Finding(
            about,
            Verdict.NOTE,
            "None is set, so a pretend account (the sandbox) answers.",
            f"For the real one a person makes a key and sets {KEY}.",
            KEYS,
        )
    if refusal is None:
        return Finding(about, Verdict.FINE, "The gateway accepts it.")
    if config.api_key and is_reference(config.api_key.get_secret_value()):
        return Finding(about, Verdict.WRONG, str(refusal))
    if isinstance(refusal, AccessDenied) and refusal.status == 401:
        return Finding(about, Verdict.WRONG, str(refusal), link=KEYS)
    answered = isinstance(refusal, GatewayError) and refusal.status is not None
    verdict = Verdict.UNKNOWN if answered and passes(refusal) else Verdict.WRONG
    return Finding(about, verdict, f"The gateway could not be asked. {refusal}")


def passes(refusal: Refusal) -> bool:
    """Whether it is likely to be gone in a minute. A 500 mostly means that an authorization expired."""
    if isinstance(refusal, Unavailable):
        return refusal.status != 500
    return isinstance(refusal, RateLimited)


def of_the_link(refusal: Refusal | None) -> bool:
    """Whether it may be the connection's fault: there is none, or its authorization expired."""
    return isinstance(refusal, AccessDenied | Unavailable) and refusal.status in {
        400,
        401,
        404,
        412,
        500,
    }


def connection(
    links: Sequence[Connection], config: Config, refusal: Refusal | None = None
) -> Finding:
    """Which link to Quo is used, if there is one that can be. refusal: what Quo said over it, if it did."""
    about = "Connection"
    active = [each for each in links if each.status == "ACTIVE"]
    if config.connection is not None:
        pinned = next((each for each in links if each.id == config.connection), None)
        if pinned is None:
            remedy = (
                f"A person sets {PINNED} to one of these: {_ids(active)}." if active else CONNECT
            )
            says = f"{PINNED} names {config.connection}, which the gateway does not know."
            return Finding(about, Verdict.WRONG, says, remedy)
        if pinned.status == "ACTIVE":
            return _active(pinned, f"used, as {PINNED} says", config, refusal)
        return _unfinished(pinned)
    if len(active) > 1:
        return Finding(
            about,
            Verdict.WRONG,
            f"{len(active)} are active: reads take whichever the gateway picks, and nothing is written.",
            f"A person sets {PINNED} to one of these, or has the others deleted: {_ids(active)}.",
        )
    if active:
        return _active(active[0], "as the only one, used", config, refusal)
    waiting = [each for each in links if each.status == "PENDING"]
    return (
        _unfinished(waiting[-1])
        if waiting
        else Finding(about, Verdict.WRONG, "There is none to Quo.", CONNECT)
    )


def _active(used: Connection, why: str, config: Config, refusal: Refusal | None) -> Finding:
    about = "Connection"
    if not of_the_link(refusal):
        comma = "," if config.connection is None else ""
        return Finding(about, Verdict.FINE, f"{used.id} is active and{comma} {why}.")
    pin = f", set {PINNED} to the new one" if config.connection else ""
    return Finding(
        about,
        Verdict.WRONG,
        f"{used.id} is listed as active, but Quo does not answer over it: its authorization has most likely expired.",
        f"If that stays so, it has to be replaced. {CONNECT} Once the new one is active{pin}, delete the old one with "
        f"quo_delete_connection connection_id={used.id}: while two are active, nothing is written.",
    )


def _unfinished(pending: Connection) -> Finding:
    says = f"{pending.id} is not active ({inline(pending.status).lower() or 'no status'})."
    if pending.status == "PENDING" and pending.url:
        remedy = "A person has to open its link and authorize it."
        return Finding("Connection", Verdict.WRONG, says, remedy, link(pending.url))
    return Finding("Connection", Verdict.WRONG, says, CONNECT)


def _ids(links: Sequence[Connection]) -> str:
    more = f" and {len(links) - NAMED} more" if len(links) > NAMED else ""
    return ", ".join(inline(each.id, 200) for each in links[:NAMED]) + more


def own_numbers(found: Sequence[PhoneNumber] | Refusal, *, linked: bool = True) -> Finding:
    """linked: whether there is a connection that works, as far as is known."""
    about = "Numbers"
    if isinstance(found, Refusal) and not linked and of_the_link(found):
        return Finding(about, Verdict.UNKNOWN, "Not known until there is a connection that works.")
    if isinstance(found, Refusal):
        return Finding(about, Verdict.UNKNOWN if passes(found) else Verdict.WRONG, str(found))
    if not found:
        return Finding(
            about,
            Verdict.WRONG,
            "The account has none that can be seen here.",
            "A person adds one in Quo, or adds the connected user to one; QUO_MCP_INBOXES may leave them out too.",
        )
    named = ", ".join(
        f"{inline(each.name or 'Unnamed')} {dialled(each.number)}" for each in found[:NAMED]
    )
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return Finding(about, Verdict.FINE, f"{named}{more}.")
