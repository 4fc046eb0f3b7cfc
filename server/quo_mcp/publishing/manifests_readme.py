"""The README of manifests/: what each file is for, and how to publish it."""

from quo_mcp.publishing import client_snippets, sign_in_guide
from quo_mcp.publishing.docker import DOCKERFILE
from quo_mcp.publishing.plugin import FOLDER as PLUGIN
from quo_mcp.publishing.project import OWNER, SERVER_NAME, Project


def render_files(project: Project) -> dict[str, str]:
    return {"README.md": render_readme(project)}


def render_readme(project: Project) -> str:
    return f"""\
# Manifests

`python -m quo_mcp.publishing --write` generates everything in this folder from the code and `pyproject.toml`, and a test fails if a
file differs. Change the code in `server/quo_mcp/publishing/`, not these files. `tests/manifests/validate.sh` validates them with
each host's own tooling.

| File | For | How to use it |
| --- | --- | --- |
| `server.json` | the MCP registry | Publish the package first. Copy the file to the root, then run `mcp-publisher publish`. |
| `mcpb/` | Claude Desktop | See [Desktop bundle](#desktop-bundle). |
| `{PLUGIN}/` | Claude Code | `claude plugin marketplace add ./manifests/{PLUGIN}`, then `claude plugin install {SERVER_NAME}@{project.name}`. |
| `gemini/` | Gemini CLI | `gemini extensions install ./manifests/gemini`. To install from GitHub, copy its files to the root of a repository. |
| `docker/` | containers, Docker's catalog | `docker build -f {DOCKERFILE} -t {project.name} .` For the catalog, copy the other files to its `servers/{project.name}/` and add the commit to `source`. |
| `compose/` | several servers | two servers, PostgreSQL and a proxy for Docker Compose; see its README |
| `smithery.yaml` | Smithery | For builds from a repository, copy it to the root. Publishing the bundle is preferred. |
| `clients/` | configuration of clients | Copy the contents into the client's configuration, or see [Clients](#clients). |

All names and links use the GitHub account `{OWNER}`, which is set in `publishing/project.py`. Set it to the account that publishes.

## Clients

{client_snippets.render_section(project)}
## HTTP

`{project.name} serve --http` serves streamable HTTP at `http://127.0.0.1:4020/mcp`. The server is stateless, so you can run several
behind a load balancer. Exception: clients on protocol versions before 2026-07-28 that support elicitation get a sticky session,
because the server must be able to send them a question. Sessions are bound to one server and expire after an hour of inactivity.
`QUO_MCP_APPROVAL=never` disables them.

{sign_in_guide.render_section(project)}## Desktop bundle

The bundle contains the source and its manifest. The host builds and runs it with uv. [Publishing](#publishing) says how to build it.
Smithery accepts the bundle, from a logged-in account (`npx @smithery/cli auth login`):

```sh
npx @smithery/cli mcp publish dist/{project.name}.mcpb -n {OWNER}/{project.name}
```

## Publishing

One command builds the wheel, the source distribution and the desktop bundle into `dist/`, and checks each in a clean environment:
the demo runs, a client connects, and the bundle's manifest is valid. It needs the network and Node.js.

```sh
.venv/bin/pip install -q -e '.[dev]' && .venv/bin/python -m quo_mcp.publishing build
```

Publishing is a person's step, from the accounts that own the names in `publishing/project.py`:

1. Upload the wheel and the source distribution to the Python package index, for example with `twine upload`. The snippets with
   `uvx` work from then on.
2. Create a release on GitHub, and attach `dist/{project.name}.mcpb`. The README links to it for Claude Desktop.
3. Publish `server.json` to the MCP registry, which checks the package's README for the server's name.
4. Publish to Docker's catalog and Smithery as in the table above.

## Not tested

The container image was linted but not built, because no container engine was available. The Docker and Smithery entries and the
client snippets were checked for their format only. Commands with `uvx` work once the package is published.
"""
