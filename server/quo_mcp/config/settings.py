"""All settings with their defaults. No other module defines a default for them.

A setting is an upper bound: no argument of a tool can relax it. Errors never quote a secret.
"""

import re
from datetime import timedelta
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
    IssuerUrl,
    OriginList,
    PhoneNumberList,
    PublicUrl,
    QuoUrl,
    RecipientList,
    Retention,
    StringList,
    TimeZoneName,
    absolute_path,
)
from quo_mcp.gateway import NetworkSettings, validate_key, validate_proxy_url
from quo_mcp.store.postgres_url import parse_url

ENV_PREFIX = "QUO_MCP_"
API_KEY_VARIABLE = "MATON_API_KEY"
QUO_KEY_VARIABLE = "QUO_API_KEY"
# Settings whose variables have no prefix: the keys, named after who issues them.
KEY_VARIABLES = {"api_key": API_KEY_VARIABLE, "quo_api_key": QUO_KEY_VARIABLE}
# Settings whose variables other programs read too, so they have no prefix.
SHARED_VARIABLES = {
    "https_proxy": "HTTPS_PROXY",
    "no_proxy": "NO_PROXY",
    "ssl_cert_file": "SSL_CERT_FILE",
}
# Variables that name a file with a secret, by the variable of the secret itself.
SECRET_FILE_VARIABLES = {
    API_KEY_VARIABLE: f"{API_KEY_VARIABLE}_FILE",
    QUO_KEY_VARIABLE: f"{QUO_KEY_VARIABLE}_FILE",
    f"{ENV_PREFIX}HTTP_TOKEN": f"{ENV_PREFIX}HTTP_TOKEN_FILE",
    f"{ENV_PREFIX}DATABASE": f"{ENV_PREFIX}DATABASE_FILE",
}


class InvalidSettings(Exception):  # noqa: N818 - named without "Error", like all our errors
    """The settings are invalid. The message has one problem per line."""


class Settings(BaseModel):
    """The settings. A field's description is its row in the README."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    api_key: SecretStr | None = Field(
        None,
        description="Your Maton API key. Without this or `QUO_API_KEY`, the server runs on sandbox data.",
    )
    quo_api_key: SecretStr | None = Field(
        None,
        description=(
            "Your Quo API key, to use Quo's API directly, without Maton. Ignored if `MATON_API_KEY` is set."
        ),
    )
    connection: ConnectionId | None = Field(
        None,
        description="The id of the Quo connection to use. Required for sends and changes if several are active.",
    )
    base_url: GatewayUrl | None = Field(
        None,
        description="Use a single Maton host for the Quo API and for connections, e.g. `https://api.maton.ai`.",
    )
    gateway_url: GatewayUrl = Field(
        "https://gateway.maton.ai", description="The URL of the Maton gateway to Quo's API."
    )
    control_url: BaseUrl = Field(
        "https://ctrl.maton.ai", description="The URL of Maton's API for managing connections."
    )
    quo_url: QuoUrl = Field(
        "https://api.quo.com", description="The URL of Quo's API, for use with `QUO_API_KEY`."
    )
    time_zone: TimeZoneName | None = Field(
        None,
        description="The time zone for reading and displaying times, e.g. `Europe/Paris`. Default: this machine's time zone.",
    )
    default_inbox: str | None = Field(
        None,
        description="The inbox to send from to people without a conversation: its id, number or name.",
    )
    read_only: bool = Field(False, description="Enable only tools that read.")
    toolsets: StringList = Field(
        ("default",),
        description="The toolsets to enable, e.g. `messages,calls`, or `all`.",
    )
    tools: StringList = Field((), description="Additional tools to enable, by name.")
    exclude_tools: StringList = Field(
        (), description="Tools to disable, by name. Overrides all other settings."
    )
    inboxes: StringList = Field(
        (), description="The inboxes that tools may use, by id or number. Default: all."
    )
    approval: Literal["auto", "required", "preview", "never"] = Field(
        "auto",
        description=(
            "When the user must approve a send, a deletion, or a new connection or webhook. `auto` asks if the client can ask. "
            "If it cannot, `required` rejects the call, and `preview` returns a preview with a code and acts on a second call "
            "with that code. `never` leaves approval to the client."
        ),
    )
    recipients: RecipientList = Field(
        ("anyone",),
        description=(
            "Who may be texted: `anyone`, `known` (contacts, and people who texted or called before), "
            "or a list of numbers."
        ),
    )
    denied: PhoneNumberList = Field((), description="Numbers that must never be texted.")
    opt_out_field: str | None = Field(
        None,
        description="The name of a tag or custom field of contacts that counts as an opt-out, e.g. `Do not text`. The tools cannot remove it.",
    )
    countries: CountryList = Field(
        (),
        description="Countries that may be texted, e.g. `US,CA`, or `any`. Default: the countries of your Quo numbers and of the people in your conversations.",
    )
    quiet_hours: str | None = Field(
        None,
        description="Hours without texts, in the recipient's local time, e.g. `21:00-08:00`. Default: off.",
    )
    duplicate_minutes: float = Field(
        10,
        ge=0,
        le=1440,
        description=(
            "Minutes during which the same text to the same recipients is blocked as a duplicate. Sends with an unknown outcome "
            "stay blocked until resolved or abandoned."
        ),
    )
    max_per_minute: int = Field(10, ge=0, description="Maximum sends per minute; 0 blocks sending.")
    max_per_hour: int = Field(60, ge=0, description="Maximum sends per hour; 0 blocks sending.")
    max_per_day: int = Field(300, ge=0, description="Maximum sends per day; 0 blocks sending.")
    max_per_person_hour: int = Field(
        8, ge=0, description="Maximum sends to one person per hour; 0 blocks sending."
    )
    max_per_person_day: int = Field(
        20, ge=0, description="Maximum sends to one person per day; 0 blocks sending."
    )
    max_cents_per_day: int = Field(
        1000,
        ge=0,
        description="Maximum estimated cost of sends per day, in US cents; 0 blocks sending.",
    )
    state_dir: Path | None = Field(
        None,
        description=(
            "The directory of the journal of sends, the opt-outs, the used approvals, the audit log and the shared rate limit. "
            "An absolute path; `~/` is your home directory. Default: your user state directory."
        ),
    )
    database: SecretStr | None = Field(
        None,
        description=(
            "The URL of a PostgreSQL database that several servers share, e.g. `postgresql://quo@db.example.com/quo`. It holds "
            "everything that the state directory would, except the audit log. Requires the extra `quo-mcp[team]`. Default: SQLite files."
        ),
    )
    audit: bool = Field(
        True, description="Write an audit log of tool calls to the state directory."
    )
    retention: Retention | None = Field(
        None,
        description="How long the journal of sends and the audit log are kept, e.g. `90d`. Default: sends for 90 days, the audit log forever.",
    )
    keep_contacts: bool = Field(
        False,
        description=(
            "Keep a copy of the contacts in the state directory, so that names are known right after a restart. Useful for more than "
            "1,000 contacts. Starting the server without this setting deletes the copy."
        ),
    )
    keep_conversations: bool = Field(
        True,
        description=(
            "Keep an index of the conversations in the state directory, so that a message takes few requests right after a restart: ids, "
            "inboxes, numbers and times, without names or texts. `false` deletes it when the server starts."
        ),
    )
    read_timeout: float = Field(
        20,
        gt=0,
        le=300,
        description="Maximum seconds for the reading part of a tool call, including waits and retries.",
    )
    send_timeout: float = Field(
        25,
        gt=0,
        le=300,
        description="Maximum seconds for a write, including waits and retries. If the outcome of a text is unknown then, the server looks for the text in the conversation.",
    )
    http_token: SecretStr | None = Field(
        None,
        description="The bearer token that HTTP clients must send. Required to accept connections from other machines.",
    )
    http_hosts: StringList = Field(
        (), description="Additional host names that HTTP clients may use for this server."
    )
    http_origins: OriginList = Field(
        (),
        description="Origins of web pages that may connect over HTTP, e.g. `https://app.example.com`. Default: none.",
    )
    http_audit_stdout: bool = Field(
        False,
        description="Also print each line of the audit log on stdout, for log collectors. Only for `serve --http`.",
    )
    public_url: PublicUrl | None = Field(
        None,
        description=(
            "The URL of this server's MCP endpoint as clients see it, e.g. `https://quo.example.com/mcp`. Access tokens must have it "
            "as their audience."
        ),
    )
    oauth_issuer: IssuerUrl | None = Field(
        None,
        description=(
            "The issuer URL of an OpenID provider, exactly as in its tokens. HTTP clients then sign in there, and each person uses "
            "the inboxes that Quo gives them. Requires `QUO_MCP_PUBLIC_URL`."
        ),
    )
    oauth_email_claim: str = Field(
        "email", description="The claim of access tokens that holds the person's email address."
    )
    oauth_groups_claim: str = Field(
        "groups", description="The claim of access tokens that holds the person's groups."
    )
    roles: Path | None = Field(
        None,
        description=(
            "A TOML file that limits what members of a group may do. Changes apply within seconds. Requires `QUO_MCP_OAUTH_ISSUER`."
        ),
    )
    https_proxy: SecretStr | None = Field(
        None,
        description="The proxy for requests to the gateway. It is never used for localhost.",
    )
    no_proxy: StringList = Field((), description="Hosts to reach without the proxy.")
    ssl_cert_file: CertificateFile | None = Field(
        None, description="A PEM file with certificates to trust instead of the system's."
    )
    structured: bool = Field(
        False,
        description="Add `structuredContent` to the results of lists and sends, for programs such as workflows.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "WARNING", description="The minimum level of log lines on stderr."
    )

    @field_validator("http_token", "database")
    @classmethod
    def _reject_placeholder(cls, token: SecretStr | None) -> SecretStr | None:
        """Reject an unfilled placeholder, which some clients pass on if no value was given.

        A placeholder in the API key is accepted here and reported in every result.
        """
        if token and token.get_secret_value().lstrip().startswith("${"):
            raise ValueError(
                "is a placeholder that the client did not fill in; set the value in the client, or remove the variable"
            )
        return token

    @field_validator("database")
    @classmethod
    def _validate_database(cls, url: SecretStr | None) -> SecretStr | None:
        if url is None:
            return None
        parse_url(url.get_secret_value())
        return SecretStr(url.get_secret_value().strip())

    @field_validator("api_key", "quo_api_key")
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
            raise ValueError("must be one word of at least 16 plain ASCII characters")
        return token

    @field_validator("gateway_url", "control_url")
    @classmethod
    def _reject_with_base_url(cls, url: str, info: ValidationInfo) -> str:
        if info.data.get("base_url"):
            raise ValueError(
                f"remove this variable: {variable_name('base_url')} already sets both URLs"
            )
        return url

    @field_validator("recipients")
    @classmethod
    def _validate_recipients(cls, recipients: tuple[str, ...]) -> tuple[str, ...]:
        if "anyone" in recipients and len(recipients) > 1:
            raise ValueError("anyone cannot be combined with other values")
        return recipients

    @field_validator("state_dir", "roles")
    @classmethod
    def _validate_path(cls, path: Path | None) -> Path | None:
        return path and absolute_path(path)

    @field_validator("oauth_issuer")
    @classmethod
    def _require_public_url(cls, issuer: str | None, info: ValidationInfo) -> str | None:
        if issuer and "public_url" in info.data and not info.data["public_url"]:
            raise ValueError(
                f"requires {variable_name('public_url')}, the URL at which clients reach this server"
            )
        return issuer

    @field_validator("roles")
    @classmethod
    def _require_sign_in(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        if path and "oauth_issuer" in info.data and not info.data["oauth_issuer"]:
            raise ValueError(f"requires {variable_name('oauth_issuer')}, which is not set")
        return path

    @field_validator("quiet_hours")
    @classmethod
    def _validate_quiet_hours(cls, hours: str | None) -> str | None:
        time = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
        if hours is not None and not re.fullmatch(f"{time}-{time}", hours):
            raise ValueError("must be two times, e.g. 21:00-08:00")
        return hours

    @property
    def key_variable(self) -> str | None:
        """The variable of the API key in use, or None for the sandbox.

        Maton's key comes first: the connections of an installation that already works are not abandoned
        because another program's key is in the same environment.
        """
        if self.api_key is not None:
            return API_KEY_VARIABLE
        return None if self.quo_api_key is None else QUO_KEY_VARIABLE

    @property
    def key_in_use(self) -> str | None:
        """The API key in use, or None for the sandbox."""
        key = self.api_key or self.quo_api_key
        return key.get_secret_value() if key else None

    @property
    def is_sandbox(self) -> bool:
        return self.key_variable is None

    @property
    def is_direct(self) -> bool:
        """Whether the server uses Quo's API directly, without Maton and its connections."""
        return self.key_variable == QUO_KEY_VARIABLE

    @property
    def api_base_url(self) -> str:
        """The base URL of Quo's API, or of the gateway to it."""
        if self.is_direct:
            return f"{self.quo_url}/v1"
        return f"{self.base_url or self.gateway_url}/quo/v1"

    @property
    def control_base_url(self) -> str | None:
        """The URL of Maton's control plane, or None if Maton is not used."""
        return None if self.is_direct else self.base_url or self.control_url

    @property
    def network(self) -> NetworkSettings:
        proxy = self.https_proxy.get_secret_value() if self.https_proxy else None
        return NetworkSettings(proxy, self.no_proxy, self.ssl_cert_file)

    @property
    def retention_period(self) -> timedelta | None:
        """How long records are kept, or None for the default of each."""
        return timedelta(days=int(self.retention.removesuffix("d"))) if self.retention else None

    @property
    def user_agent(self) -> str:
        return f"quo-mcp/{__version__}"

    @property
    def state_path(self) -> Path:
        """The state directory. It may not exist yet."""
        if self.state_dir is not None:
            return self.state_dir
        from platformdirs import user_state_path  # noqa: PLC0415 - needed only by servers that keep state

        return user_state_path("quo-mcp", appauthor=False)


def variable_name(field: str) -> str:
    """Return the environment variable that sets `field`."""
    return (KEY_VARIABLES | SHARED_VARIABLES).get(field, f"{ENV_PREFIX}{field.upper()}")
