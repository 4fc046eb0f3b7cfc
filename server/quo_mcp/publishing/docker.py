"""The image, and what Docker's catalogue of MCP servers asks for."""

from typing import Any

from quo_mcp.publishing.default_tools import offered
from quo_mcp.publishing.project import TITLE, Project, as_json
from quo_mcp.publishing.setting_forms import asked
from quo_mcp.publishing.yaml import as_yaml
from quo_mcp.tools.base import describe

DOCKERFILE = "manifests/docker/Dockerfile"
STATE = "/state"
USER = 10001


def files(project: Project) -> dict[str, str]:
    return {
        "docker/Dockerfile": dockerfile(project),
        "docker/server.yaml": as_yaml(entry(project)),
        "docker/tools.json": as_json(tools()),
        "docker/readme.md": readme(project),
    }


def dockerfile(project: Project) -> str:
    """Two stages: pip stays behind in the first. Nobody can write to the program in the second.

    The base image comes without bytecode, its standard library included, and an unprivileged user
    cannot keep any: without compiling here, every start would compile everything again.
    """
    python = project.newest_python
    return f"""\
# Built from the root of the repository: docker build -f {DOCKERFILE} -t {project.name} .
FROM python:{python}-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY server server
RUN python -m venv --without-pip /app \\
    && pip install --no-cache-dir --no-compile --target /app/lib/python{python}/site-packages . \\
    && python -m compileall -q --invalidation-mode unchecked-hash /app

FROM python:{python}-slim
LABEL io.modelcontextprotocol.server.name="{project.registry_name}" \\
      org.opencontainers.image.title="{project.name}" \\
      org.opencontainers.image.description="{project.description}" \\
      org.opencontainers.image.licenses="{project.license}" \\
      org.opencontainers.image.source="{project.repository}" \\
      org.opencontainers.image.version="{project.version}"
RUN python -m compileall -q --invalidation-mode unchecked-hash /usr/local/lib/python{python} \\
    && useradd --system --uid {USER} --no-create-home quo \\
    && install -d -o quo -m 700 {STATE}
COPY --from=build /app /app
ENV QUO_MCP_STATE_DIR={STATE} \\
    PYTHONDONTWRITEBYTECODE=1
# The journal of sends and the opt-outs: mount a volume, or they go with the container.
VOLUME ["{STATE}"]
USER {USER}
ENTRYPOINT ["/app/bin/python", "-m", "quo_mcp"]
"""


def entry(project: Project) -> dict[str, Any]:
    """The catalogue's server.yaml. It also wants the commit to build, which whoever submits it adds."""
    secrets = [each for each in asked() if each.is_secret]
    others = [each for each in asked() if not each.is_secret]
    return {
        "name": project.name,
        "image": f"mcp/{project.name}",
        "type": "server",
        "meta": {"category": "communication", "tags": list(project.keywords)},
        "about": {"title": TITLE, "description": project.description},
        "source": {"project": project.repository, "dockerfile": DOCKERFILE},
        "run": {"volumes": [f"{project.name}:{STATE}"]},
        "config": {
            "description": "Without a key, a sandbox with made-up people answers.",
            "secrets": [
                {
                    "name": f"{project.name}.{each.field}",
                    "env": each.variable,
                    "example": "your-key",
                }
                for each in secrets
            ],
            "env": [
                {"name": each.variable, "value": f"{{{{{project.name}.{each.field}}}}}"}
                for each in others
            ],
            "parameters": {
                "type": "object",
                "properties": {
                    each.field: {"type": each.kind, "title": each.title, "description": each.about}
                    for each in others
                },
            },
        },
    }


def tools() -> list[dict[str, Any]]:
    """The tools in the catalogue's form, which it would else have to start the image for."""
    return [
        {
            "name": each.name,
            "description": each.description,
            "arguments": [
                argument(name, schema, each.input_schema.get("required", ()))
                for name, schema in each.input_schema["properties"].items()
            ],
        }
        for each in map(describe, offered())
    ]


def argument(name: str, schema: dict[str, Any], required: list[str]) -> dict[str, Any]:
    said = {"name": name, "type": schema["type"], "desc": schema["description"]}
    if "items" in schema:
        said["items"] = {"type": schema["items"]["type"]}
    if name not in required:
        said["optional"] = True
    return said


def readme(project: Project) -> str:
    """What the catalogue links to."""
    return f"""\
# {TITLE}

{project.description} Documentation: {project.repository}

```sh
docker run -i --rm -v {project.name}:{STATE} -e MATON_API_KEY {project.name}
```

The volume keeps the journal of sends and the opt-outs: without it the server cannot know what was sent before, or who has
asked not to be texted.
"""
