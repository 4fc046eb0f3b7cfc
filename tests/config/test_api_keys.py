"""The two API keys: which one is used."""

import pytest

from quo_mcp.config.environment import load_settings
from quo_mcp.config.settings import Settings

UNFILLED = "${user_config.api_key}"


def test_quos_key_alone_leads_to_quo_and_nowhere_else():
    settings = load_settings({"QUO_API_KEY": " k1\n"})
    assert (settings.key_variable, settings.key_in_use) == ("QUO_API_KEY", "k1")
    assert (settings.is_direct, settings.is_sandbox) == (True, False)
    assert settings.api_base_url == "https://api.quo.com/v1"
    assert settings.control_base_url is None


@pytest.mark.parametrize(
    "url", ["https://quo.example", "https://quo.example/v1", "https://quo.example/"]
)
def test_the_address_of_quo_is_accepted_as_the_documentation_prints_it(url):
    settings = load_settings({"QUO_API_KEY": "k1", "QUO_MCP_QUO_URL": url})
    assert settings.api_base_url == "https://quo.example/v1"


def test_with_both_keys_matons_is_used():
    settings = load_settings({"QUO_API_KEY": "k1", "MATON_API_KEY": "k2"})
    assert (settings.key_variable, settings.key_in_use) == ("MATON_API_KEY", "k2")
    assert settings.api_base_url == "https://gateway.maton.ai/quo/v1"


@pytest.mark.parametrize("blank", ["", "  ", UNFILLED])
def test_an_empty_field_for_matons_key_does_not_hide_quos(blank, caplog):
    settings = load_settings({"MATON_API_KEY": blank, "QUO_API_KEY": "k1"})
    assert settings.key_variable == "QUO_API_KEY"
    assert caplog.messages == []


@pytest.mark.parametrize("blank", ["", UNFILLED])
def test_an_empty_field_for_quos_key_does_not_hide_matons(blank, caplog):
    settings = load_settings({"MATON_API_KEY": "k2", "QUO_API_KEY": blank})
    assert settings.key_variable == "MATON_API_KEY"
    assert settings.quo_api_key is None
    assert caplog.messages == []


def test_two_unfilled_fields_are_reported_as_a_missing_key():
    settings = load_settings({"MATON_API_KEY": UNFILLED, "QUO_API_KEY": UNFILLED})
    assert settings.key_in_use == UNFILLED


@pytest.mark.parametrize("name", ["QUO_API_KEY", "MATON_API_KEY"])
def test_two_empty_keys_are_the_sandbox_even_if_a_file_has_one(name, tmp_path):
    path = tmp_path / "key"
    path.write_text("k1")
    assert (
        load_settings({"MATON_API_KEY": "", "QUO_API_KEY": "", f"{name}_FILE": str(path)})
        == Settings()
    )
    assert load_settings({f"{name}_FILE": str(path)}).key_variable == name


def test_the_network_settings_apply_with_either_key():
    for name in ("QUO_API_KEY", "MATON_API_KEY"):
        assert (
            load_settings({name: "k", "https_proxy": "proxy:1"}).network.proxy == "http://proxy:1"
        )
    assert load_settings({"https_proxy": "proxy:1"}).network.proxy is None
