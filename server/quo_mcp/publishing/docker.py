"""The container image, and the files for Docker's catalog of MCP servers."""

from typing import Any

from quo_mcp.publishing.default_tools import default_tools
from quo_mcp.publishing.project import TITLE, Project, to_json, to_yaml
from quo_mcp.publishing.setting_forms import install_setting_forms
from quo_mcp.tools.base import tool_listing

DOCKERFILE = "manifests/docker/Dockerfile"
STATE_DIR = "/state"
USER_ID = 10001


def render_files(project: Project) -> dict[str, str]:
    return {
        "docker/Dockerfile": render_dockerfile(project),
        "docker/server.yaml": to_yaml(catalog_entry(project)),
        "docker/tools.json": to_json(catalog_tools()),
        "docker/readme.md": render_readme(project),
    }


def render_dockerfile(project: Project) -> str:
    """Return the Dockerfile. The second stage has no pip, and its user cannot modify the program.

    Both the program and the standard library are compiled here. The base image has no bytecode and
    the unprivileged user cannot write any, so every start would compile all modules again.
    """
    python = project.newest_python
    return f"""\
# Built from the root of the repository: docker build -f {DOCKERFILE} -t {project.name} .
FROM python:{python}-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY server server
# hadolint ignore=DL3013 # the path is this source, and pyproject.toml limits the versions
RUN python -m venv --without-pip /app \\
    && pip install --no-cache-dir --no-compile --target /app/lib/python{python}/site-packages '.[team]' \\
    && python -m compileall -q --invalidation-mode unchecked-hash /app

FROM python:{python}-slim
LABEL io.modelcontextprotocol.server.name="{project.registry_name}" \\
      org.opencontainers.image.title="{project.name}" \\
      org.opencontainers.image.description="{project.description}" \\
      org.opencontainers.image.licenses="{project.license}" \\
      org.opencontainers.image.source="{project.repository}" \\
      org.opencontainers.image.version="{project.version}"
RUN python -m compileall -q --invalidation-mode unchecked-hash /usr/local/lib/python{python} \\
    && useradd --system --uid {USER_ID} --no-create-home quo \\
    && install -d -o quo -m 700 {STATE_DIR}
COPY --from=build /app /app
ENV QUO_MCP_STATE_DIR={STATE_DIR} \\
    PYTHONDONTWRITEBYTECODE=1
# The journal of sends and the opt-outs. Mount a volume, or they are deleted with the container.
VOLUME ["{STATE_DIR}"]
USER {USER_ID}
ENTRYPOINT ["/app/bin/python", "-m", "quo_mcp"]
"""


def catalog_entry(project: Project) -> dict[str, Any]:
    """Return the catalog's server.yaml, without the commit, which is added on submission."""
    forms = install_setting_forms()
    secrets = [form for form in forms if form.is_secret]
    parameters = [form for form in forms if not form.is_secret]
    return {
        "name": project.name,
        "image": f"mcp/{project.name}",
        "type": "server",
        "meta": {"category": "communication", "tags": list(project.keywords)},
        "about": {"title": TITLE, "description": project.description},
        "source": {"project": project.repository, "dockerfile": DOCKERFILE},
        "run": {"volumes": [f"{project.name}:{STATE_DIR}"]},
        "config": {
            "description": "Without an API key, the server runs on sandbox data.",
            "secrets": [
                {
                    "name": f"{project.name}.{form.field}",
                    "env": form.variable,
                    "example": "your-key",
                }
                for form in secrets
            ],
            "env": [
                {"name": form.variable, "value": f"{{{{{project.name}.{form.field}}}}}"}
                for form in parameters
            ],
            "parameters": {
                "type": "object",
                "properties": {
                    form.field: {
                        "type": form.input_type,
                        "title": form.title,
                        "description": form.description,
                    }
                    for form in parameters
                },
            },
        },
    }


def catalog_tools() -> list[dict[str, Any]]:
    """Return tools.json. Without it, the catalog has to start the image to list the tools."""
    return [
        {
            "name": tool.name,
            "description": tool.description,
            "arguments": [
                catalog_argument(name, schema, tool.input_schema.get("required", ()))
                for name, schema in tool.input_schema["properties"].items()
            ],
        }
        for tool in map(tool_listing, default_tools())
    ]


def catalog_argument(name: str, schema: dict[str, Any], required: list[str]) -> dict[str, Any]:
    argument = {"name": name, "type": schema["type"], "desc": schema["description"]}
    if "items" in schema:
        argument["items"] = {"type": schema["items"]["type"]}
    if name not in required:
        argument["optional"] = True
    return argument


def render_readme(project: Project) -> str:
    """Return the page that the catalog links to."""
    return f"""\
# {TITLE}

{project.description} Documentation: {project.repository}

```sh
docker run -i --rm -v {project.name}:{STATE_DIR} -e MATON_API_KEY {project.name}
```

The volume stores the journal of sends and the opt-outs. Without it, a new container does not know which texts were already
sent, or which opt-outs a person added.
"""
