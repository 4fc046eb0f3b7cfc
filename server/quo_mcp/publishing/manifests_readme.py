"""The README of manifests/: what each file is for, and how to publish it."""

from quo_mcp.publishing.bundle import PACKED_FILES
from quo_mcp.publishing.docker import DOCKERFILE
from quo_mcp.publishing.plugin import FOLDER as PLUGIN
from quo_mcp.publishing.project import OWNER, SERVER_NAME, Project


def render_files(project: Project) -> dict[str, str]:
    return {"README.md": render_readme(project)}


def render_readme(project: Project) -> str:
    return f"""\
# Manifests

Everything in this folder is written by `python -m quo_mcp.publishing --write` from the code and `pyproject.toml`, and a test fails where it
differs: change the code in `server/quo_mcp/publishing/`, not these files. `tests/manifests/validate.sh` runs the hosts' own
validators over them, packs the desktop bundle, and starts it from the pack.

| File | For | How |
| --- | --- | --- |
| `server.json` | the MCP registry | Publish the package first. Copy the file to the root, then `mcp-publisher publish`. |
| `mcpb/` | Claude Desktop | See below. |
| `{PLUGIN}/` | Claude Code | `claude plugin marketplace add ./manifests/{PLUGIN}`, then `claude plugin install {SERVER_NAME}@{project.name}`. |
| `gemini/` | Gemini CLI | `gemini extensions install ./manifests/gemini`; to install from GitHub, copy its files to the root of a repository. |
| `docker/` | containers, Docker's catalogue | `docker build -f {DOCKERFILE} -t {project.name} .`; the other files go to `servers/{project.name}/` there, with the commit added to `source`. |
| `smithery.yaml` | Smithery | For its builds from a repository: copy it to the root there. Better publish the bundle: see below. |
| `clients/` | settings of clients | Copy what is in it into the client's settings. |

Names and links are those of the GitHub account `{OWNER}`, which stands once, in `publishing/project.py`: put there the one
that publishes.

The desktop bundle is the source with its manifest; the host builds and runs it with uv:

```sh
bundle=$(mktemp -d) && cp -R manifests/mcpb/. {" ".join(PACKED_FILES)} "$bundle"
mkdir -p dist && npx @anthropic-ai/mcpb pack "$bundle" dist/{project.name}.mcpb
```

Smithery takes the bundle as well, from who is logged in there (`npx @smithery/cli auth login`):

```sh
npx @smithery/cli mcp publish dist/{project.name}.mcpb -n {OWNER}/{project.name}
```

Not tried: the image was linted, not built, for want of an engine; Docker's and Smithery's entries were checked for their form
only, and the snippets of clients for theirs. Whatever says `uvx` works once somebody has published the package.
"""
