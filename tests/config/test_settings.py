"""Reading the settings: every problem is reported, and no secret is quoted."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from quo_mcp.config.environment import load_settings
from quo_mcp.config.settings import (
    API_KEY_VARIABLE,
    ENV_PREFIX,
    SHARED_VARIABLES,
    InvalidSettings,
    Settings,
    variable_name,
)

SECRET = "s3cret-w0rd-that-nobody-may-read"


def problems_of(**environ):
    with pytest.raises(InvalidSettings) as raised:
        load_settings(environ)
    return str(raised.value).splitlines()


def test_with_nothing_set_it_is_the_sandbox_with_the_defaults():
    config = load_settings({"PATH": "/usr/bin", "MATON_OTHER": "not ours"})
    assert config == Settings()
    assert config.is_sandbox


@pytest.mark.parametrize(
    ("field", "value"),
    {
        "gateway_url": "https://gateway.maton.ai",
        "control_url": "https://ctrl.maton.ai",
        "read_only": False,
        "toolsets": ("default",),
        "approval": "auto",
        "recipients": ("anyone",),
        "duplicate_minutes": 10,
        "max_per_minute": 10,
        "max_per_hour": 60,
        "max_per_day": 300,
        "max_per_person_hour": 8,
        "max_per_person_day": 20,
        "max_cents_per_day": 1000,
        "audit": True,
        "read_timeout": 20,
        "send_timeout": 25,
        "log_level": "WARNING",
    }.items(),
)
def test_a_default_is_the_one_that_the_readme_names(field, value):
    assert getattr(Settings(), field) == value


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("QUO_MCP_READ_ONLY", "true", "read_only", True),
        ("QUO_MCP_READ_ONLY", "1", "read_only", True),
        ("QUO_MCP_READ_ONLY", "off", "read_only", False),
        ("QUO_MCP_MAX_PER_DAY", " 5 ", "max_per_day", 5),
        ("QUO_MCP_MAX_PER_DAY", "0", "max_per_day", 0),
        ("QUO_MCP_DUPLICATE_MINUTES", "2.5", "duplicate_minutes", 2.5),
        ("QUO_MCP_TOOLSETS", "messages, calls,", "toolsets", ("messages", "calls")),
        ("QUO_MCP_TOOLS", "quo_get_user", "tools", ("quo_get_user",)),
        ("QUO_MCP_RECIPIENTS", "known,+1 415 555 0134", "recipients", ("known", "+1 415 555 0134")),
        ("QUO_MCP_RECIPIENTS", "anyone", "recipients", ("anyone",)),
        ("QUO_MCP_DENIED", "(415) 555-0134", "denied", ("(415) 555-0134",)),
        ("QUO_MCP_COUNTRIES", "us,CA", "countries", ("us", "CA")),
        ("QUO_MCP_COUNTRIES", "any", "countries", ("any",)),
        ("QUO_MCP_QUIET_HOURS", "21:00-08:00", "quiet_hours", "21:00-08:00"),
        ("QUO_MCP_TIME_ZONE", "Europe/Paris", "time_zone", "Europe/Paris"),
        ("QUO_MCP_TIME_ZONE", "europe/paris", "time_zone", "Europe/Paris"),
        ("QUO_MCP_TIME_ZONE", "America/New York", "time_zone", "America/New_York"),
        ("QUO_MCP_APPROVAL", "required", "approval", "required"),
        ("QUO_MCP_STATE_DIR", "/var/quo", "state_dir", Path("/var/quo")),
        ("QUO_MCP_CONNECTION", "1f6e0c2a-77aa", "connection", "1f6e0c2a-77aa"),
        ("QUO_MCP_GATEWAY_URL", "https://gw.example.com/", "gateway_url", "https://gw.example.com"),
    ],
)
def test_a_setting_is_read_from_its_variable(name, value, field, expected):
    assert getattr(load_settings({name: value}), field) == expected


@pytest.mark.parametrize("field", Settings.model_fields)
def test_a_blank_variable_is_as_good_as_none(field):
    assert load_settings({variable_name(field): " \n"}) == Settings()


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_has_its_variable_and_a_line_for_the_readme(field):
    special_variables = {
        "api_key": API_KEY_VARIABLE,
        "quo_api_key": "QUO_API_KEY",
    } | SHARED_VARIABLES
    assert variable_name(field) == special_variables.get(field, ENV_PREFIX + field.upper())
    assert Settings.model_fields[field].description


@pytest.mark.parametrize(
    ("name", "value", "message_part"),
    [
        ("MATON_API_KEY", "two words", "one word"),
        ("MATON_API_KEY", "clé", "ASCII"),
        ("QUO_MCP_CONNECTION", "../other", "letters, digits"),
        ("QUO_MCP_READ_ONLY", "maybe", "must be true or false"),
        ("QUO_MCP_MAX_PER_DAY", "many", "must be an integer"),
        ("QUO_MCP_MAX_PER_DAY", "-1", "greater than or equal to 0"),
        ("QUO_MCP_READ_TIMEOUT", "0", "greater than 0"),
        ("QUO_MCP_SEND_TIMEOUT", "301", "less than or equal to 300"),
        ("QUO_MCP_SEND_TIMEOUT", "nan", "must be"),
        ("QUO_MCP_DUPLICATE_MINUTES", "ten", "must be a number"),
        ("QUO_MCP_APPROVAL", "sometimes", "'auto', 'required', 'preview' or 'never'"),
        ("QUO_MCP_LOG_LEVEL", "LOUD", "'DEBUG', 'INFO'"),
        ("QUO_MCP_QUIET_HOURS", "9pm-8am", "e.g. 21:00-08:00"),
        ("QUO_MCP_QUIET_HOURS", "24:00-08:00", "e.g. 21:00-08:00"),
        ("QUO_MCP_QUIET_HOURS", "21:00-08:00-09:00", "e.g. 21:00-08:00"),
        ("QUO_MCP_TIME_ZONE", "Europe/Pariss", "Europe/Paris?"),
        ("QUO_MCP_HTTP_TOKEN", "short", "at least 16"),
        ("QUO_MCP_HTTP_TOKEN", "long enough but not a word", "one word"),
        ("QUO_MCP_RECIPIENTS", "knwon", "e.g. +14155550134"),
        ("QUO_MCP_RECIPIENTS", "anyone,known", "anyone cannot be combined"),
        ("QUO_MCP_DENIED", "+1 415 555 0134,Jane", "e.g. +14155550134"),
        ("QUO_MCP_DENIED", "anyone", "e.g. +14155550134"),
        ("QUO_MCP_COUNTRIES", "USA", "two-letter country codes"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_what_would(name, value, message_part):
    [problem] = problems_of(**{name: value})
    assert problem.startswith(f"{name}: ")
    assert message_part in problem


@pytest.mark.parametrize(
    "field",
    [name for name, field in Settings.model_fields.items() if "tuple" in str(field.annotation)],
)
def test_a_list_that_names_nothing_does_not_quietly_allow_everything(field):
    [problem] = problems_of(MATON_API_KEY="k", **{variable_name(field): " , "})
    assert problem.startswith(f"{variable_name(field)}: must contain at least one value")


def test_all_faults_are_named_at_once():
    lines = problems_of(
        QUO_MCP_READONLY="1",
        QUO_MCP_MAX_PER_DAY="many",
        QUO_MCP_BASE_URL="https://api.example.com",
        QUO_MCP_CONTROL_URL="https://ctrl.example.com",
        QUO_MCP_DENIED="Jane,Bob",
        MATON_API_KEY="two words",
    )
    assert sorted(line.partition(":")[0] for line in lines) == [
        "MATON_API_KEY",
        "QUO_MCP_CONTROL_URL",
        "QUO_MCP_DENIED",
        "QUO_MCP_MAX_PER_DAY",
        "QUO_MCP_READONLY",
    ]


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("QUO_MCP_READONLY", "QUO_MCP_READ_ONLY"),
        ("QUO_MCP_TIMEZONE", "QUO_MCP_TIME_ZONE"),
        ("QUO_MCP_API_KEY", "QUO_API_KEY"),
        ("QUO_APIKEY", "QUO_API_KEY"),
        ("QUO_MCP_TOOLSET", "QUO_MCP_TOOLSETS"),
        ("quo_mcp_read_only", "QUO_MCP_READ_ONLY"),
        ("Quo_Mcp_Readonly", "QUO_MCP_READ_ONLY"),
        ("quo_mcp_toolset", "QUO_MCP_TOOLSETS"),
        ("quo-mcp-read-only", "QUO_MCP_READ_ONLY"),
        ("QUOMCP_DENIED", "QUO_MCP_DENIED"),
        ("QUO_READ_ONLY", "QUO_MCP_READ_ONLY"),
        ("maton_api_key", "MATON_API_KEY"),
        ("MATON_APIKEY", "MATON_API_KEY"),
        ("MATON_API_KEYFILE", "MATON_API_KEY_FILE"),
        ("QUO_MCP_HTTP_TOKEN_FIL", "QUO_MCP_HTTP_TOKEN_FILE"),
    ],
)
def test_an_unknown_setting_is_named_with_the_closest(name, suggestion):
    assert problems_of(**{name: "1"}) == [f"{name}: unknown setting; did you mean {suggestion}?"]


@pytest.mark.parametrize("name", ["QUO_TOKEN", "QUOTA", "MATON_OTHER", "https_proxy", "No_Proxy"])
def test_other_programs_variables_are_none_of_ours(name):
    assert load_settings({name: "1"}) == Settings()


@pytest.mark.parametrize(
    ("name", "field"),
    [("QUO_MCP_TIME_ZONE", "time_zone"), ("QUO_MCP_READ_ONLY", "read_only")],
)
def test_a_field_of_a_hosts_form_that_was_left_empty_is_not_set_and_said_to_be(name, field, caplog):
    placeholder = f"${{user_config.{field}}}"
    assert load_settings({name: placeholder}) == Settings()
    assert caplog.messages == [
        f"{name} is not set: the client passed the unfilled placeholder {placeholder}."
    ]


def test_another_reference_than_a_hosts_form_is_not_dropped():
    [problem] = problems_of(QUO_MCP_READ_ONLY="${READ_ONLY}")
    assert problem.startswith("QUO_MCP_READ_ONLY: ")


def test_a_key_that_was_not_filled_in_stays_and_is_reported_by_every_result():
    settings = load_settings({"MATON_API_KEY": "${user_config.api_key}"})
    assert not settings.is_sandbox


SECRETS = [
    ("MATON_API_KEY", "MATON_API_KEY_FILE", "api_key"),
    ("QUO_MCP_HTTP_TOKEN", "QUO_MCP_HTTP_TOKEN_FILE", "http_token"),
]


@pytest.mark.parametrize(("name", "file_name", "field"), SECRETS)
def test_a_secret_is_read_from_a_file(tmp_path, name, file_name, field):
    path = tmp_path / "secret"
    path.write_text(f"\ufeff{SECRET}\n")
    for environ in ({}, {name: f"${{{name}}}"}):
        settings = load_settings(environ | {file_name: str(path)})
        assert getattr(settings, field).get_secret_value() == SECRET
    assert problems_of(**{name: SECRET, file_name: str(path)}) == [
        f"{file_name}: remove this variable, because {name} is also set"
    ]


@pytest.mark.parametrize(("name", "file_name", "field"), SECRETS)
def test_a_file_without_a_secret_stops_the_start(tmp_path, name, file_name, field):
    path = tmp_path / "secret"
    assert problems_of(**{file_name: str(path)}) == [
        f'{file_name}: cannot read "{path}": No such file or directory'
    ]
    path.write_bytes(b"\xff\xfe\xff")
    assert problems_of(**{file_name: str(path)}) == [
        f'{file_name}: cannot read "{path}": not a text file'
    ]
    path.write_text(" \n")
    assert problems_of(**{file_name: str(path)}) == [f'{file_name}: "{path}" is empty']
    path.write_text("two words of a secret")
    [problem] = problems_of(**{file_name: str(path)})
    assert problem.startswith(f"{name}: ")
    assert "words" not in problem
    assert getattr(load_settings({}), field) is None


def test_the_key_in_a_file_opens_the_way_through_the_proxy(tmp_path):
    path = tmp_path / "key"
    path.write_text("k")
    settings = load_settings({"MATON_API_KEY_FILE": str(path), "https_proxy": "proxy:1"})
    assert settings.network.proxy == "http://proxy:1"


def test_an_unknown_setting_that_is_like_none_is_named_alone():
    assert problems_of(QUO_MCP_ZZZ="1") == ["QUO_MCP_ZZZ: unknown setting"]


@pytest.mark.parametrize(
    "environ",
    [
        {"MATON_API_KEY": f"{SECRET} {SECRET}"},
        {"MATON_API_KEY": f"{SECRET}é"},
        {"QUO_MCP_API_KEY": SECRET},
        {"QUO_MCP_HTTP_TOKEN": f"{SECRET} {SECRET}"},
        {"QUO_MCP_BASE_URL": f"https://user:{SECRET}@example.com"},
        {"QUO_MCP_GATEWAY_URL": f"https://example.com/?token={SECRET}"},
        {"QUO_MCP_CONNECTION": f"{SECRET}!"},
        {"MATON_API_KEY": SECRET, "QUO_MCP_HTTP_TOKEN": SECRET, "QUO_MCP_MAX_PER_DAY": "many"},
    ],
)
def test_no_complaint_repeats_a_secret(environ):
    with pytest.raises(InvalidSettings) as raised:
        load_settings(environ)
    assert SECRET not in f"{raised.value!r} {raised.value.__cause__!r} {raised.value.__context__!r}"


def test_a_placeholder_that_a_client_did_not_fill_in_is_no_token():
    [problem] = problems_of(QUO_MCP_HTTP_TOKEN="${user_config.some_secret_of_theirs}")
    assert problem == (
        "QUO_MCP_HTTP_TOKEN: is a placeholder that the client did not fill in; set the value in the "
        "client, or remove the variable"
    )


@pytest.mark.parametrize("key", ["${env:MATON_API_KEY}", "${MATON_API_KEY}", "$MATON_API_KEY"])
def test_a_reference_in_place_of_the_key_does_not_turn_the_account_into_the_sandbox(key):
    assert not load_settings({"MATON_API_KEY": key}).is_sandbox


@pytest.mark.parametrize(
    "field", [name for name in Settings.model_fields if name.startswith("max_")]
)
def test_it_is_said_of_each_limit_that_nothing_goes_out_at_zero(field):
    assert (Settings.model_fields[field].description or "").endswith("; 0 blocks sending.")


def test_a_secret_shows_in_no_form_of_the_settings():
    config = load_settings({"MATON_API_KEY": SECRET, "QUO_MCP_HTTP_TOKEN": SECRET})
    assert SECRET not in f"{config!r} {config} {config.model_dump()} {config.model_dump_json()}"
    assert config.api_key.get_secret_value() == SECRET


@pytest.mark.parametrize("key", [f"{SECRET}\n", f"  {SECRET}\r\n", SECRET])
def test_the_newline_that_a_shell_leaves_behind_is_no_part_of_the_key(key):
    assert load_settings({API_KEY_VARIABLE: key}).api_key.get_secret_value() == SECRET
    assert Settings(api_key=SecretStr(key)).api_key.get_secret_value() == SECRET


def test_a_key_of_blanks_is_no_key():
    assert Settings(api_key=SecretStr(" \n")).is_sandbox


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:4010", "http://localhost:4010", "http://[::1]:9"]
)
def test_plain_http_is_for_this_machine(url):
    assert load_settings({"QUO_MCP_BASE_URL": url}).api_base_url == f"{url}/quo/v1"


@pytest.mark.parametrize("end", ["", "/", "/quo", "/quo/", "/quo/v1", "/quo/v1/"])
@pytest.mark.parametrize("name", ["QUO_MCP_BASE_URL", "QUO_MCP_GATEWAY_URL"])
def test_a_url_may_go_on_to_quo_as_matons_documents_have_it(name, end):
    config = load_settings({name: f"https://gateway.example.com{end}"})
    assert config.api_base_url == "https://gateway.example.com/quo/v1"


@pytest.mark.parametrize("url", ["https://quo.example.com/quota", "https://example.com/a/quote/v1"])
def test_what_only_begins_like_quo_stays_in_a_url(url):
    assert load_settings({"QUO_MCP_BASE_URL": url}).api_base_url == f"{url}/quo/v1"


@pytest.mark.parametrize(
    "url", ["http://example.com", "http://192.168.1.2", "http://127.0.0.1.example.com", "ftp://x"]
)
@pytest.mark.parametrize("name", ["QUO_MCP_BASE_URL", "QUO_MCP_GATEWAY_URL", "QUO_MCP_CONTROL_URL"])
def test_a_key_never_travels_in_the_clear(name, url):
    [problem] = problems_of(**{name: url})
    assert problem.startswith(f"{name}: The URL must begin with https://")


def test_each_plane_has_its_host():
    config = Settings()
    assert config.api_base_url == "https://gateway.maton.ai/quo/v1"
    assert config.control_base_url == "https://ctrl.maton.ai"


def test_one_host_serves_both_planes():
    config = load_settings({"QUO_MCP_BASE_URL": "https://api.maton.ai/"})
    assert config.api_base_url == "https://api.maton.ai/quo/v1"
    assert config.control_base_url == "https://api.maton.ai"


@pytest.mark.parametrize("name", ["QUO_MCP_GATEWAY_URL", "QUO_MCP_CONTROL_URL"])
def test_there_is_one_way_to_say_where_a_plane_is(name):
    variables = {"QUO_MCP_BASE_URL": "https://api.maton.ai", name: "https://other.example.com"}
    assert problems_of(**variables) == [
        f"{name}: remove this variable: QUO_MCP_BASE_URL already sets both URLs"
    ]


def test_the_state_directory_may_begin_at_home():
    assert Settings(state_dir=Path("~/quo")).state_path == Path.home() / "quo"


@pytest.mark.parametrize(
    "path",
    ["state", "./state", "../quo", "$HOME/quo", "${HOME}/quo", ".", "~nobody-of-that-name/quo"],
)
def test_a_state_directory_that_differs_by_client_is_refused(path):
    (problem,) = problems_of(QUO_MCP_STATE_DIR=path)
    assert problem.startswith("QUO_MCP_STATE_DIR: must be an absolute path, or start with ~/")
    assert path.removeprefix("./") in problem


def test_without_one_the_users_own_state_directory_is_taken():
    assert "quo-mcp" in str(Settings().state_path)


def test_settings_do_not_change_once_read():
    with pytest.raises(ValidationError):
        Settings().read_only = True


def test_code_gives_lists_as_they_are():
    assert Settings(denied=("+14155550134",), toolsets=()).toolsets == ()
    assert Settings(gateway_url="https://gw.example.com", http_token=None).http_token is None


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_a_proxy_is_read_where_other_programs_read_it(name):
    value = {"MATON_API_KEY": "k", name: "proxy.example.com:3128"}
    expected = load_settings(value | {"no_proxy": "maton.ai, localhost"})
    assert expected.network.proxy_for("example.com") == "http://proxy.example.com:3128"
    assert expected.network.proxy_for("gateway.maton.ai") is None
    assert "proxy.example" not in repr(expected)


def test_the_sandbox_needs_no_network_so_what_is_set_for_it_does_not_matter():
    invalid = {
        "HTTPS_PROXY": "socks5h://localhost:1080",
        "NO_PROXY": ",",
        "SSL_CERT_FILE": "/nope.pem",
    }
    assert load_settings(invalid) == Settings()


def test_a_proxy_that_is_none_is_named_unsaid():
    [problem] = problems_of(MATON_API_KEY="k", HTTPS_PROXY="socks5://user:canary@example.com")
    assert (
        problem
        == "HTTPS_PROXY: A proxy must be an http:// or https:// URL, e.g. http://proxy.example.com:3128."
    )


@pytest.mark.parametrize("blank", ["", " \n"])
def test_an_empty_key_is_the_sandbox_even_if_a_file_has_a_key(blank, tmp_path, caplog):
    path = tmp_path / "key"
    path.write_text(SECRET)
    environ = {"MATON_API_KEY": blank, "MATON_API_KEY_FILE": str(path)}
    assert load_settings(environ) == Settings()
    assert caplog.messages == [
        "MATON_API_KEY_FILE is ignored, because MATON_API_KEY is set and empty."
    ]


def test_an_empty_token_does_not_turn_off_the_file_with_the_token(tmp_path):
    path = tmp_path / "token"
    path.write_text(SECRET)
    environ = {"QUO_MCP_HTTP_TOKEN": "", "QUO_MCP_HTTP_TOKEN_FILE": str(path)}
    assert load_settings(environ).http_token.get_secret_value() == SECRET


@pytest.mark.parametrize(("written", "days"), [("7d", 7), ("90d", 90), ("3650d", 3650)])
def test_a_retention_is_a_number_of_days(written, days):
    assert load_settings({"QUO_MCP_RETENTION": written}).retention_period.days == days


@pytest.mark.parametrize("written", ["6d", "0d", "3651d", "90", "3m", "-90d", "ninety days"])
def test_a_retention_that_is_too_short_or_has_another_form_is_refused(written):
    (problem,) = problems_of(QUO_MCP_RETENTION=written)
    assert "must be a number of days from 7 to 3650 followed by d, e.g. 90d" in problem
