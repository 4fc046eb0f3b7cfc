"""All settings with their defaults. No other module defines a default for them.

A setting is an upper bound: no argument of a tool can relax it. Errors never quote a secret.
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
    BaseUrl,
    CertificateFile,
    ConnectionId,
    CountryList,
    GatewayUrl,
    PhoneNumberList,
    RecipientList,
    StringList,
    TimeZoneName,
)
from quo_mcp.gateway import NetworkSettings, validate_key, validate_proxy_url

ENV_PREFIX = "QUO_MCP_"
API_KEY_VARIABLE = "MATON_API_KEY"
# Settings whose variables other programs read too, so they have no prefix.
SHARED_VARIABLES = {
    "https_proxy": "HTTPS_PROXY",
    "no_proxy": "NO_PROXY",
    "ssl_cert_file": "SSL_CERT_FILE",
}
# Variables that name a file with a secret, by the variable of the secret itself.
SECRET_FILE_VARIABLES = {
    API_KEY_VARIABLE: f"{API_KEY_VARIABLE}_FILE",
    f"{ENV_PREFIX}HTTP_TOKEN": f"{ENV_PREFIX}HTTP_TOKEN_FILE",
}


class InvalidSettings(Exception):  # noqa: N818 - named without "Error", like all our errors
    """The settings are invalid. The message has one problem per line."""


class Settings(BaseModel):
    """The settings. A field's description is its row in the README."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    api_key: SecretStr | None = Field(
        None, description="Your Maton API key. Without it the built-in sandbox answers."
    )
    connection: ConnectionId | None = Field(
        None,
        description="Which Quo connection to use, by id; needed for writing when there are several.",
    )
    base_url: GatewayUrl | None = Field(
        None,
        description="One host for both planes, as Maton's newer documents have it: `https://api.maton.ai`.",
    )
    gateway_url: GatewayUrl = Field(
        "https://gateway.maton.ai", description="The gateway in front of Quo's API."
    )
    control_url: BaseUrl = Field(
        "https://ctrl.maton.ai", description="Where connections are managed."
    )
    time_zone: TimeZoneName | None = Field(
        None,
        description="The time zone to read and show times in, e.g. `Europe/Paris`. Default: the machine's.",
    )
    default_inbox: str | None = Field(
        None, description="The inbox to write from where none is named: its id, number or name."
    )
    read_only: bool = Field(False, description="Offer only tools that read.")
    toolsets: StringList = Field(
        ("default",),
        description="The toolsets to offer, e.g. `messages,calls`; `all` for every one.",
    )
    tools: StringList = Field((), description="Single tools to offer besides the toolsets.")
    exclude_tools: StringList = Field(
        (), description="Single tools not to offer, whatever else says so."
    )
    inboxes: StringList = Field(
        (), description="The only inboxes that tools may use, by id or number. Default: all."
    )
    approval: Literal["auto", "required", "never"] = Field(
        "auto",
        description=(
            "Whether a person is asked before a send, a deletion, or a new connection or webhook: `auto` asks where "
            "the client can, `required` refuses where nobody can be asked, `never` leaves it to the client."
        ),
    )
    recipients: RecipientList = Field(
        ("anyone",),
        description=(
            "Who may be texted: `anyone`, `known` (a contact, or somebody who wrote or called), "
            "or a list of numbers."
        ),
    )
    denied: PhoneNumberList = Field((), description="Numbers that are never texted.")
    countries: CountryList = Field(
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
    http_hosts: StringList = Field(
        (), description="Further Host names under which the HTTP server may be reached."
    )
    https_proxy: SecretStr | None = Field(
        None,
        description="The proxy to reach the gateway through. This machine is never reached through it.",
    )
    no_proxy: StringList = Field((), description="Hosts to reach without the proxy.")
    ssl_cert_file: CertificateFile | None = Field(
        None, description="The certificates to trust in place of the system's: a PEM file."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "WARNING", description="How much is logged to stderr."
    )

    @field_validator("http_token")
    @classmethod
    def _reject_placeholder(cls, token: SecretStr | None) -> SecretStr | None:
        """Reject an unfilled placeholder, which some clients pass on if no value was given.

        A placeholder in the API key is accepted here and reported in every result.
        """
        if token and token.get_secret_value().lstrip().startswith("${"):
            raise ValueError(
                "it is a placeholder that the client did not fill in; give the client the value, or leave it out"
            )
        return token

    @field_validator("api_key")
    @classmethod
    def _validate_api_key(cls, key: SecretStr | None) -> SecretStr | None:
        """Strip whitespace, such as a trailing newline from a shell. An empty key is None."""
        text = key.get_secret_value().strip() if key else ""
        return SecretStr(validate_key(text)) if text else None

    @field_validator("https_proxy")
    @classmethod
    def _validate_proxy(cls, url: SecretStr | None) -> SecretStr | None:
        return url and SecretStr(validate_proxy_url(url.get_secret_value()))

    @field_validator("http_token")
    @classmethod
    def _validate_http_token(cls, token: SecretStr | None) -> SecretStr | None:
        if token and not re.fullmatch("[!-~]{16,}", token.get_secret_value()):
            raise ValueError("it must be one word of at least 16 plain ASCII characters")
        return token

    @field_validator("gateway_url", "control_url")
    @classmethod
    def _reject_with_base_url(cls, url: str, info: ValidationInfo) -> str:
        if info.data.get("base_url"):
            raise ValueError(f"leave it out: {variable_name('base_url')} moves both planes")
        return url

    @field_validator("recipients")
    @classmethod
    def _validate_recipients(cls, recipients: tuple[str, ...]) -> tuple[str, ...]:
        if "anyone" in recipients and len(recipients) > 1:
            raise ValueError("anyone stands alone, or is left out")
        return recipients

    @field_validator("quiet_hours")
    @classmethod
    def _validate_quiet_hours(cls, hours: str | None) -> str | None:
        time = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
        if hours is not None and not re.fullmatch(f"{time}-{time}", hours):
            raise ValueError("write it as two times, like 21:00-08:00")
        return hours

    @property
    def is_sandbox(self) -> bool:
        return self.api_key is None

    @property
    def api_base_url(self) -> str:
        return f"{self.base_url or self.gateway_url}/quo/v1"

    @property
    def control_base_url(self) -> str:
        return self.base_url or self.control_url

    @property
    def network(self) -> NetworkSettings:
        proxy = self.https_proxy.get_secret_value() if self.https_proxy else None
        return NetworkSettings(proxy, self.no_proxy, self.ssl_cert_file)

    @property
    def user_agent(self) -> str:
        return f"quo-mcp/{__version__}"

    @property
    def state_path(self) -> Path:
        """The state directory. It may not exist yet."""
        if self.state_dir is not None:
            return self.state_dir.expanduser()
        from platformdirs import user_state_path  # noqa: PLC0415 - needed only by servers that keep state

        return user_state_path("quo-mcp", appauthor=False)


def variable_name(field: str) -> str:
    """Return the environment variable that sets `field`."""
    return (
        API_KEY_VARIABLE
        if field == "api_key"
        else SHARED_VARIABLES.get(field, f"{ENV_PREFIX}{field.upper()}")
    )
