"""The example for Docker Compose: its settings, secrets, volumes and commands exist."""

from pathlib import Path

import yaml

from quo_mcp.cli import build_parser
from quo_mcp.config.environment import load_settings
from quo_mcp.config.settings import SECRET_FILE_VARIABLES

FOLDER = Path(__file__).parents[2] / "manifests" / "compose"
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
SERVERS = {name: service for name, service in SERVICES.items() if name.startswith("quo-mcp")}
CADDYFILE = (FOLDER / "Caddyfile").read_text()


def test_there_are_two_servers_with_the_same_settings():
    settings = [service["environment"] for service in SERVERS.values()]
    assert len(settings) == 2
    assert settings[0] == settings[1]


def test_the_servers_start_with_these_settings(tmp_path):
    for service in SERVERS.values():
        environment = {}
        values = {
            "maton_api_key": "a-key",
            "database_url": "postgresql://quo:secret@postgres/quo",
            "http_token": "a-token-of-16-characters",
        }
        for name, value in service["environment"].items():
            secret = value.removeprefix("/run/secrets/")
            if secret != value:
                assert name in SECRET_FILE_VARIABLES.values()
                assert secret in service["secrets"]
                (tmp_path / secret).write_text(values[secret])
                environment[name] = str(tmp_path / secret)
            else:
                environment[name] = value.replace(
                    "${DOMAIN:?set the domain that clients connect to}", "quo.example.com"
                )
        settings = load_settings(environment)
        assert settings.public_url == "https://quo.example.com/mcp"
        assert settings.http_audit_stdout
        arguments = build_parser().parse_args(service["command"])
        assert (arguments.http, arguments.host) == (True, "0.0.0.0")
        for name in SERVERS:
            assert f"{name}:{arguments.port}" in CADDYFILE


def test_what_services_use_is_declared():
    for service in SERVICES.values():
        assert set(service.get("secrets", ())) <= COMPOSE["secrets"].keys()
        named = {
            volume.partition(":")[0]
            for volume in service.get("volumes", ())
            if not volume.startswith(".")
        }
        assert named <= COMPOSE["volumes"].keys()
        assert set(service.get("depends_on", ())) <= SERVICES.keys()


def test_the_readme_creates_every_secret():
    readme = (FOLDER / "README.md").read_text()
    for secret in COMPOSE["secrets"].values():
        assert f"{secret['file'].removeprefix('./')}" in readme


def test_the_proxy_asks_whether_a_server_is_ready():
    assert "health_uri /ready" in CADDYFILE
