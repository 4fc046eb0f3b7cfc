"""An example for Docker Compose: two servers on one PostgreSQL, behind a proxy that checks /ready."""

from typing import Any

from quo_mcp.cli.serve_command import HTTP_PORT
from quo_mcp.publishing.docker import DOCKERFILE, STATE_DIR
from quo_mcp.publishing.project import Project, to_yaml

REPLICAS = ("quo-mcp-1", "quo-mcp-2")
SECRETS = {
    "MATON_API_KEY_FILE": "maton_api_key",
    "QUO_MCP_DATABASE_FILE": "database_url",
    "QUO_MCP_HTTP_TOKEN_FILE": "http_token",
}
PASSWORD = "postgres_password"  # noqa: S105 - the name of a file
DOMAIN = "${DOMAIN:?set the domain that clients connect to}"
STOP_SECONDS = 60  # longer than a send in progress may take


def render_files(project: Project) -> dict[str, str]:
    return {
        "compose/compose.yaml": to_yaml(compose(project)),
        "compose/Caddyfile": render_caddyfile(),
        "compose/README.md": render_readme(),
    }


def compose(project: Project) -> dict[str, Any]:
    """Return compose.yaml. The servers' state directories hold only their audit logs."""
    volumes = [f"{name}-audit" for name in REPLICAS]
    return {
        "services": {
            "postgres": {
                "image": "postgres:17",
                "environment": {
                    "POSTGRES_USER": "quo",
                    "POSTGRES_PASSWORD_FILE": f"/run/secrets/{PASSWORD}",
                },
                "secrets": [PASSWORD],
                "volumes": ["postgres:/var/lib/postgresql/data"],
                "healthcheck": {"test": ["CMD", "pg_isready", "-U", "quo"], "interval": "2s"},
            },
            **{name: _server(project, name) for name in REPLICAS},
            "proxy": {
                "image": "caddy:2",
                "environment": {"DOMAIN": DOMAIN},
                "ports": ["80:80", "443:443"],
                "volumes": ["./Caddyfile:/etc/caddy/Caddyfile:ro", "caddy:/data"],
                "depends_on": list(REPLICAS),
            },
        },
        "secrets": {name: {"file": f"./secrets/{name}"} for name in (*SECRETS.values(), PASSWORD)},
        "volumes": dict.fromkeys(["postgres", "caddy", *volumes]),
    }


def _server(project: Project, name: str) -> dict[str, Any]:
    return {
        "image": project.name,
        "build": {"context": "../..", "dockerfile": DOCKERFILE},
        "command": ["serve", "--http", "--host", "0.0.0.0", "--port", str(HTTP_PORT)],  # noqa: S104 - within the network of the containers
        "environment": {
            "QUO_MCP_PUBLIC_URL": f"https://{DOMAIN}/mcp",
            "QUO_MCP_HTTP_AUDIT_STDOUT": "true",
            **{variable: f"/run/secrets/{secret}" for variable, secret in SECRETS.items()},
        },
        "secrets": list(SECRETS.values()),
        "volumes": [f"{name}-audit:{STATE_DIR}"],
        "depends_on": {"postgres": {"condition": "service_healthy"}},
        "restart": "unless-stopped",
        "stop_grace_period": f"{STOP_SECONDS}s",
    }


def render_caddyfile() -> str:
    """Return the proxy's configuration.

    A client of an earlier protocol version may have a session with one server, so its address decides which one it gets.
    """
    servers = " ".join(f"{name}:{HTTP_PORT}" for name in REPLICAS)
    return f"""\
{{$DOMAIN}} {{
	reverse_proxy {servers} {{
		lb_policy client_ip_hash
		lb_try_duration 5s
		health_uri /ready
		health_interval 2s
		flush_interval -1
	}}
}}
"""


def render_readme() -> str:
    return f"""\
# Two servers, PostgreSQL and a proxy

An example for Docker Compose. Caddy gets a certificate for your domain and passes requests to a server that is ready. It was
generated and checked for its settings; the containers have not been run.

```sh
mkdir -p secrets
openssl rand -hex 24 | tr -d '\\n' > secrets/{PASSWORD}
printf 'postgresql://quo:%s@postgres/quo' "$(cat secrets/{PASSWORD})" > secrets/{SECRETS["QUO_MCP_DATABASE_FILE"]}
openssl rand -hex 24 > secrets/{SECRETS["QUO_MCP_HTTP_TOKEN_FILE"]}
nano secrets/{SECRETS["MATON_API_KEY_FILE"]}   # paste your Maton API key
chmod 644 secrets/*
DOMAIN=quo.example.com docker compose up --build
```

Clients connect to `https://quo.example.com/mcp` with the token in `secrets/{SECRETS["QUO_MCP_HTTP_TOKEN_FILE"]}`. To stop all texts at once, run
`docker compose exec {REPLICAS[0]} /app/bin/python -m quo_mcp pause`; to allow them again, replace `pause` with `resume`.

The files in `secrets` must be readable by the user of the containers, so restrict the directory: `chmod 700 secrets`.
"""
