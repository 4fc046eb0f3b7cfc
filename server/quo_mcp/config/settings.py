"""Everything a person can set, with its default: no module below has another one.

A setting is an upper bound: no argument of a tool can relax it. A secret is never echoed.
"""

import re
from pathlib import Path
from typing import Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)

from quo_mcp import __version__
from quo_mcp.config.field_types import (
    Certificates,
    ConnectionId,
    Countries,
    Numbers,
    Recipients,
    Root,
    Url,
    Words,
    Zone,
)
from quo_mcp.gateway import Way, checked_key, checked_proxy

PREFIX = "QUO_MCP_"
KEY = "MATON_API_KEY"
# Settings that other programs take as well, by the names that they go by there.
SHARED = {"https_proxy": "HTTPS_PROXY", "no_proxy": "NO_PROXY", "ssl_cert_file": "SSL_CERT_FILE"}


class Misconfigured(Exception):  # noqa: N818 - as in errors
    """The settings do not fit; the message names each fault on a line of its own."""


class Config(BaseModel):
    """The settings, frozen. Each field's description is the README's line about it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    api_key: SecretStr | None = Field(
        None, description="Your Maton API key. Without it the built-in sandbox answers."
    )
    connection: ConnectionId | None = Field(
        None,
        description="Which Quo connection to use, by id; needed for writing when there are several.",
    )
    base_url: Root | None = Field(
        None,
        description="One host for both planes, as Maton's newer documents have it: `https://api.maton.ai`.",
    )
    gateway_url: Root = Field(
        "https://gateway.maton.ai", description="The gateway in front of Quo's API."
    )
    control_url: Url = Field("https://ctrl.maton.ai", description="Where connections are managed.")
    time_zone: Zone | None = Field(
        None,
        description="The time zone to read and show times in, e.g. `Europe/Paris`. Default: the machine's.",
    )
    default_inbox: str | None = Field(
        None, description="The inbox to write from where none is named: its id, number or name."
    )
    read_only: bool = Field(False, description="Offer only tools that read.")
    toolsets: Words = Field(
        ("default",),
        description="The toolsets to offer, e.g. `messages,calls`; `all` for every one.",
    )
    tools: Words = Field((), description="Single tools to offer besides the toolsets.")
    exclude_tools: Words = Field(
        (), description="Single tools not to offer, whatever else says so."
    )
    inboxes: Words = Field(
        (), description="The only inboxes that tools may use, by id or number. Default: all."
    )
    approval: Literal["auto", "required", "never"] = Field(
        "auto",
        description=(
            "Whether a person is asked before a send, a deletion, or a new connection or webhook: `auto` asks where "
            "the client can, `required` refuses where nobody can be asked, `never` leaves it to the client."
        ),
    )
    recipients: Recipients = Field(
        ("anyone",),
        description=(
            "Who may be texted: `anyone`, `known` (a contact, or somebody who wrote or called), "
            "or a list of numbers."
        ),
    )
    denied: Numbers = Field((), description="Numbers that are never texted.")
    countries: Countries = Field(
        (),
        description="Countries that may be texted, e.g. `US,CA`, or `any`. Default: the workspace's own.",
    )
    quiet_hours: str | None = Field(
        None,
        description="When nobody is texted, by the recipient's own clock, e.g. `21:00-08:00`. Default: off.",
    )
    duplicate_minutes: float = Field(
        10,
        ge=0,
        le=1440,
        description=(
            "How long the same text to the same person counts as the same send. One whose outcome is unknown does "
            "until it is known, or given up."
        ),
    )
    max_per_minute: int = Field(
        10, ge=0, description="At most so many sends in a minute; 0 lets nothing be sent."
    )
    max_per_hour: int = Field(
        60, ge=0, description="At most so many sends in an hour; 0 lets nothing be sent."
    )
    max_per_day: int = Field(
        300, ge=0, description="At most so many sends in a day; 0 lets nothing be sent."
    )
    max_per_person_hour: int = Field(
        8, ge=0, description="Sends to one person in an hour; 0 lets nothing be sent."
    )
    max_per_person_day: int = Field(
        20, ge=0, description="Sends to one person in a day; 0 lets nothing be sent."
    )
    max_cents_per_day: int = Field(
        1000,
        ge=0,
        description="What sends may cost in a day, in US cents, by our estimate; 0 lets nothing be sent.",
    )
    state_dir: Path | None = Field(
        None,
        description=(
            "Where the journal of sends is kept, with opt-outs and used approvals, and the audit log. "
            "Default: the user's state directory."
        ),
    )
    audit: bool = Field(True, description="Keep an audit log of tool calls in the state directory.")
    read_timeout: float = Field(20, gt=0, le=300, description="Seconds a read may take in all.")
    send_timeout: float = Field(
        25,
        gt=0,
        le=300,
        description="Seconds a write may take in all; a text without a clear answer is then looked for.",
    )
    http_token: SecretStr | None = Field(
        None,
        description="What clients over HTTP must send as their bearer token; needed to listen beyond this machine.",
    )
    http_hosts: Words = Field(
        (), description="Further Host names under which the HTTP server may be reached."
    )
    https_proxy: SecretStr | None = Field(
        None,
        description="The proxy to reach the gateway through. This machine is never reached through it.",
    )
    no_proxy: Words = Field((), description="Hosts to reach without the proxy.")
    ssl_cert_file: Certificates | None = Field(
        None, description="The certificates to trust in place of the system's: a PEM file."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "WARNING", description="How much is logged to stderr."
    )

    @field_validator("http_token")
    @classmethod
    def _filled_in(cls, secret: SecretStr | None) -> SecretStr | None:
        """Some clients pass their own placeholder on where nobody gave a value; a key's is told in every answer."""
        if secret and secret.get_secret_value().lstrip().startswith("${"):
            raise ValueError(
                "it is a placeholder that the client did not fill in; give the client the value, or leave it out"
            )
        return secret

    @field_validator("api_key")
    @classmethod
    def _usable(cls, key: SecretStr | None) -> SecretStr | None:
        """Strips the newline that a shell leaves behind; an empty key is no key."""
        text = key.get_secret_value().strip() if key else ""
        return SecretStr(checked_key(text)) if text else None

    @field_validator("https_proxy")
    @classmethod
    def _a_proxy(cls, url: SecretStr | None) -> SecretStr | None:
        return url and SecretStr(checked_proxy(url.get_secret_value()))

    @field_validator("http_token")
    @classmethod
    def _long_enough(cls, token: SecretStr | None) -> SecretStr | None:
        if token and not re.fullmatch("[!-~]{16,}", token.get_secret_value()):
            raise ValueError("it must be one word of at least 16 plain ASCII characters")
        return token

    @field_validator("gateway_url", "control_url")
    @classmethod
    def _one_way_to_say_where(cls, url: str, others: ValidationInfo) -> str:
        if others.data.get("base_url"):
            raise ValueError(f"leave it out: {variable('base_url')} moves both planes")
        return url

    @field_validator("recipients")
    @classmethod
    def _anyone_or_some(cls, recipients: tuple[str, ...]) -> tuple[str, ...]:
        if "anyone" in recipients and len(recipients) > 1:
            raise ValueError("anyone stands alone, or is left out")
        return recipients

    @field_validator("quiet_hours")
    @classmethod
    def _two_times(cls, hours: str | None) -> str | None:
        clock = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
        if hours is not None and not re.fullmatch(f"{clock}-{clock}", hours):
            raise ValueError("write it as two times, like 21:00-08:00")
        return hours

    @property
    def is_sandbox(self) -> bool:
        return self.api_key is None

    @property
    def quo_root(self) -> str:
        return f"{self.base_url or self.gateway_url}/quo/v1"

    @property
    def control_root(self) -> str:
        return self.base_url or self.control_url

    @property
    def way(self) -> Way:
        proxy = self.https_proxy.get_secret_value() if self.https_proxy else None
        return Way(proxy, self.no_proxy, self.ssl_cert_file)

    @property
    def user_agent(self) -> str:
        return f"quo-mcp/{__version__}"

    @property
    def state(self) -> Path:
        """The state directory; not created here."""
        if self.state_dir is not None:
            return self.state_dir.expanduser()
        from platformdirs import user_state_path  # noqa: PLC0415 - only when something is kept

        return user_state_path("quo-mcp", appauthor=False)


def variable(field: str) -> str:
    """The environment variable of a setting."""
    return KEY if field == "api_key" else SHARED.get(field, f"{PREFIX}{field.upper()}")
