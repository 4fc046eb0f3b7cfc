"""Roles: they only tighten the settings, and apply without a restart."""

import os

import pytest

from oauth.issuer import BENOIT, TOM, signed_in_server
from quo_mcp.config.environment import load_settings
from quo_mcp.config.settings import InvalidSettings, Settings
from quo_mcp.errors import PolicyRefusal
from quo_mcp.server.auth.role_file import RoleFile
from quo_mcp.server.auth.roles import Role, read_roles
from quo_mcp.values.principal import Principal

pytestmark = pytest.mark.anyio

SIGN_IN = {"oauth_issuer": "https://id.example.com", "public_url": "https://quo.example.com"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "roles.toml"


def write(path, text):
    path.write_text(text)
    moment = path.stat().st_mtime_ns + 1_000_000
    os.utime(path, ns=(moment, moment))


@pytest.mark.parametrize(
    ("settings", "role", "expected"),
    [
        ({}, {"read_only": True}, {"read_only": True}),
        ({"read_only": True}, {"read_only": False}, {"read_only": True}),
        ({"approval": "required"}, {"approval": "never"}, {"approval": "required"}),
        ({"approval": "auto"}, {"approval": "preview"}, {"approval": "preview"}),
        ({"max_per_hour": 5}, {"max_per_hour": 50}, {"max_per_hour": 5}),
        ({"max_per_hour": 5}, {"max_per_hour": 0}, {"max_per_hour": 0}),
        ({"exclude_tools": ["quo_list_users"]}, {}, {"exclude_tools": ("quo_list_users",)}),
        (
            {"exclude_tools": ["quo_list_users"]},
            {"exclude_tools": ["quo_get_user"]},
            {"exclude_tools": ("quo_list_users", "quo_get_user")},
        ),
        ({}, {"recipients": ["known"]}, {"recipients": ("known",)}),
        ({"recipients": ["known"]}, {"recipients": ["anyone"]}, {"recipients": ("known",)}),
        ({"recipients": ["known"]}, {"recipients": ["+14155550137"]}, {"recipients": ()}),
        (
            {"recipients": ["known", "+14155550137"]},
            {"recipients": ["+14155550137"]},
            {"recipients": ("+14155550137",)},
        ),
        ({}, {"toolsets": ["calls", "webhooks"]}, {"toolsets": ("calls",)}),
        ({"toolsets": ["calls"]}, {"toolsets": ["all"]}, {"toolsets": ("calls",)}),
        ({"toolsets": ["calls"]}, {"toolsets": ["tasks"]}, {"toolsets": ()}),
        ({"toolsets": ["calls"]}, {"toolsets": []}, {"toolsets": ()}),
        (
            {"tools": ["quo_list_webhooks", "quo_list_tasks"]},
            {"toolsets": ["tasks"]},
            {"tools": ("quo_list_tasks",), "toolsets": ("tasks",)},
        ),
    ],
)
def test_the_stricter_one_counts(settings, role, expected):
    before = Settings(**settings)
    after = Role(everyone=True, **role).tighten(before)
    changed = {name: getattr(after, name) for name in expected}
    assert changed == expected
    assert after.model_copy(update=changed | before.model_dump(include=set(expected))) == before


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "must contain only tables such as"),
        ("[groups.support]\n", "must contain only tables such as"),
        ("roles = 1", "must contain only tables such as"),
        ("[roles.x", "is not valid TOML"),
        ("[roles.x]\nread_only = true", "roles.x: groups, emails or everyone is required"),
        ("[roles.x]\neveryone = true\nreadonly = true", "roles.x.readonly: Extra inputs"),
        ("[roles.x]\neveryone = true\nmax_per_day = -1", "roles.x.max_per_day"),
        ("[roles.x]\neveryone = true\napproval = 'often'", "roles.x.approval"),
        ("[roles.x]\neveryone = true\ntoolsets = ['call']", "did you mean calls?"),
        ("[roles.x]\neveryone = true\nexclude_tools = ['quo_send']", "unknown value"),
        ("[roles.x]\neveryone = true\ninboxes = ['Main']", "use an inbox id"),
        ("[roles.x]\neveryone = true\nrecipients = ['nobody']", "roles.x.recipients"),
        ("[roles.x]\ngroups = 'support'", "roles.x.groups"),
        ("roles.x = 1", "roles.x"),
    ],
)
def test_a_mistake_in_the_file_is_named(path, text, problem):
    path.write_text(text)
    with pytest.raises(InvalidSettings, match=r"^QUO_MCP_ROLES: ") as error:
        read_roles(path, Settings())
    assert problem in str(error.value)


def test_a_file_that_cannot_be_read_is_named(path):
    with pytest.raises(InvalidSettings, match="QUO_MCP_ROLES: cannot read"):
        RoleFile(Settings(roles=path, **SIGN_IN))


def test_the_first_role_that_names_a_person_is_theirs(path):
    path.write_text(
        "[roles.boss]\nemails = ['Tom@Example.com']\n"
        "[roles.support]\ngroups = ['support', 'night']\nmax_per_day = 5\n"
        "[roles.sales]\ngroups = ['sales']\nmax_per_day = 9\n"
    )
    roles = RoleFile(Settings(roles=path, **SIGN_IN))
    both = frozenset({"sales", "support"})
    assert roles.role_of(Principal("1", "tom@example.com", both)).max_per_day is None
    assert roles.role_of(Principal("2", "ana@example.com", both)).max_per_day == 5
    assert roles.role_of(Principal("3", None, frozenset({"sales"}))).max_per_day == 9
    with pytest.raises(PolicyRefusal, match=r"this server has no role for ana@example.com"):
        roles.role_of(Principal("2", "ana@example.com"))


def test_an_invalid_change_keeps_the_roles_before(path, caplog):
    write(path, "[roles.all]\neveryone = true\nread_only = true\n")
    roles = RoleFile(Settings(roles=path, **SIGN_IN))
    person = Principal("1")
    for text in ("[roles.all", "[roles.all]\neveryone = true\nread_onyl = true\n"):
        write(path, text)
        assert roles.role_of(person).read_only
        assert "the previous roles stay in force" in caplog.text
        caplog.clear()
        assert roles.role_of(person).read_only
        assert not caplog.text  # said once
    path.unlink()
    assert roles.role_of(person).read_only
    write(path, "[roles.all]\neveryone = true\n")
    assert not roles.role_of(person).read_only


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"QUO_MCP_ROLES": "/roles.toml"}, "QUO_MCP_ROLES: requires QUO_MCP_OAUTH_ISSUER"),
        (
            {"QUO_MCP_OAUTH_ISSUER": "https://id.example.com"},
            "QUO_MCP_OAUTH_ISSUER: requires QUO_MCP_PUBLIC_URL",
        ),
        (
            {
                "QUO_MCP_OAUTH_ISSUER": "http://id.example.com",
                "QUO_MCP_PUBLIC_URL": "https://quo.example.com",
            },
            "QUO_MCP_OAUTH_ISSUER: The URL must begin with https://",
        ),
        (
            {
                "QUO_MCP_OAUTH_ISSUER": "https://id.example.com",
                "QUO_MCP_PUBLIC_URL": "quo.example.com",
            },
            "QUO_MCP_PUBLIC_URL: The URL must begin with https://",
        ),
    ],
)
def test_settings_that_need_another_say_so(variables, problem):
    with pytest.raises(InvalidSettings) as error:
        load_settings(variables)
    assert problem in str(error.value)


def test_the_issuer_keeps_its_slash_and_the_url_gets_its_path():
    settings = Settings(oauth_issuer="https://id.example.com/", public_url="https://q.example.com/")
    assert settings.oauth_issuer == "https://id.example.com/"
    assert settings.public_url == "https://q.example.com/mcp"
    assert Settings(public_url="https://q.example.com/a/mcp/").public_url == (
        "https://q.example.com/a/mcp"
    )


async def test_a_changed_role_applies_to_the_next_request(path):
    write(path, "[roles.all]\neveryone = true\n")
    async with signed_in_server(roles=path) as server:
        token = server.token(TOM, groups=["support"])
        assert "quo_send_message" in await server.tools(token)
        assert "Emergency line" in (await server.call(token, "quo_list_phone_numbers"))[1]
        write(
            path,
            "[roles.support]\ngroups = ['support']\nread_only = true\ninboxes = ['+14155550100']\n",
        )
        assert "quo_send_message" not in await server.tools(token)
        failed, text = await server.call(token, "quo_send_message", to="+14155550137", text="Hello")
        assert failed
        assert "read-only" in text
        assert "Emergency line" not in (await server.call(token, "quo_list_phone_numbers"))[1]
        failed, text = await server.call(server.token(BENOIT), "quo_list_phone_numbers")
        assert failed
        assert f"this server has no role for {BENOIT}" in text
        write(path, "[roles.support]\ngroups = ['support']\ninboxes = []\n")
        assert "no inbox" in (await server.call(token, "quo_list_phone_numbers"))[1]


async def test_a_role_requires_approval_where_the_settings_do_not(path):
    write(
        path, "[roles.new]\ngroups = ['new']\napproval = 'required'\n[roles.all]\neveryone = true\n"
    )
    async with signed_in_server(roles=path) as server:
        send = {"to": "+14155550137", "text": "Hello", "inbox": "PNd5FrontDk"}
        failed, text = await server.call(
            server.token(BENOIT, groups=["new"]), "quo_send_message", **send
        )
        assert failed
        assert "a person must approve this" in text
        failed, _ = await server.call(server.token(BENOIT), "quo_send_message", **send)
        assert not failed
