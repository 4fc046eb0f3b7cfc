"""The administrator's guide to sign-in, a section of the README of manifests/."""

from quo_mcp.publishing.project import Project
from quo_mcp.server.auth.scopes import ADMIN, ALL_SCOPES, SEND, TOOLSET_SCOPES, USUAL_SCOPES
from quo_mcp.tools.base import Effect
from quo_mcp.tools.catalogue import TOOLSETS

URL = "https://quo.example.com/mcp"


def render_scopes() -> str:
    """Return the table of scopes: the toolsets that each one lets read and change."""
    lines = ["| Scope | Allows |", "| --- | --- |"]
    for scope in ALL_SCOPES:
        reads = [name for name, (read, _) in TOOLSET_SCOPES.items() if read == scope]
        changes = [
            name
            for name, (_, change) in TOOLSET_SCOPES.items()
            if change == scope and any(tool.effect is not Effect.READ for tool in TOOLSETS[name])
        ]
        allowed = [
            f"reading {', '.join(reads)}" if reads else "",
            f"{'sending' if scope == SEND else 'changing'} {', '.join(changes)}" if changes else "",
            "acting as other teammates (`as_user`)" if scope == ADMIN else "",
        ]
        lines.append(f"| `{scope}` | {'; '.join(filter(None, allowed))} |")
    return "\n".join(lines)


def render_section(project: Project) -> str:
    usual = ", ".join(f"`{scope}`" for scope in USUAL_SCOPES)
    return f"""\
## Sign-in for a team

With these steps, ten employees use one server, each with their own inboxes and under their own name. You need a machine that they can
reach, a company account at an OpenID provider, and the admin role in the Quo workspace. The server is an OAuth 2.1 resource server:
it never sees a password, and employees never hold the API key.

1. **Name and certificate.** Run the server on `127.0.0.1:4020` behind a reverse proxy with TLS for a host name of yours. Clients then
   use `{URL}`. The proxy must also forward `/.well-known/oauth-protected-resource`, and the `Host` and `Authorization` headers.
2. **Resource.** At the provider, create a resource server (also called an API) whose identifier is exactly `{URL}`. Its access tokens
   must be JWTs (RFC 9068), signed with RS256, ES256 or EdDSA, and must have that identifier as their audience (`aud`). An audience that
   is a client id is not accepted.
3. **Scopes.** Define {", ".join(f"`{scope}`" for scope in ALL_SCOPES)}. Grant employees {usual}. Grant `{ADMIN}` only to administrators.
4. **Claims.** Add `email`, `email_verified` and `groups` to the access token, not only to the ID token. For claims with other names,
   set `QUO_MCP_OAUTH_EMAIL_CLAIM` and `QUO_MCP_OAUTH_GROUPS_CLAIM`. Use a claim that people cannot change themselves.
5. **Clients.** Allow the authorization code flow with PKCE and resource indicators (RFC 8707). Enable client ID metadata documents or
   dynamic client registration (RFC 7591). Without either, register each client by hand, as a public client with its redirect URI.
6. **Quo.** Invite each employee with the email address that they have at the provider, and add them to their inboxes.
7. **Server.** Start it with these settings. `QUO_MCP_OAUTH_ISSUER` must equal the `issuer` in the provider's discovery document, also in
   a slash at the end.

   ```sh
   export MATON_API_KEY_FILE=/etc/quo-mcp/key
   export QUO_MCP_OAUTH_ISSUER=https://id.example.com
   export QUO_MCP_PUBLIC_URL={URL}
   export QUO_MCP_ROLES=/etc/quo-mcp/roles.toml
   export QUO_MCP_STATE_DIR=/var/lib/quo-mcp
   {project.name} serve --http
   ```

8. **Check.** `curl -i {URL} -d ''` must answer 401 with `resource_metadata` in `WWW-Authenticate`, and the URL given there must return
   JSON that names the issuer.
9. **Employees.** Each adds `{URL}` to their client as a remote server, and signs in when the client opens the browser. To test, one of
   them lists the phone numbers: the result has only their inboxes.
10. **Afterwards.** `{project.name} audit list --who jane@example.com` shows what a person did. Opt-outs are removed, and sends with an
    unknown outcome abandoned, at a terminal of the server: see `{project.name} optouts --help` and `{project.name} sends --help`.

{render_scopes()}

Every call requires `quo.read` too. A token without a scope that a tool requires does not show that tool.

**Roles** limit what the people of a group may do. The first role that names a person's group or email address applies; a person without
a role may do nothing. A role can only tighten the settings: the stricter value of both counts. The file is read again when it changes.
An invalid file is reported in the log, and the roles before it stay in force.

```toml
[roles.managers]
groups = ["managers"]

[roles.apprentices]
groups = ["apprentices"]
emails = ["sam@example.com"]
approval = "required"                    # never, auto, preview, required
recipients = ["known"]
inboxes = ["+14155550100"]
toolsets = ["messages", "calls", "contacts"]
exclude_tools = ["quo_send_group_message"]
max_per_day = 20                         # also max_per_minute, max_per_hour, max_per_person_hour,
                                         # max_per_person_day, max_cents_per_day

[roles.everyone]
everyone = true
read_only = true
```

What to know:

- Changes in Quo, such as a new employee or inbox, apply within a minute. Changes at the provider apply with the next access token, so
  give access tokens a short lifetime, such as 10 minutes.
- Contacts, custom fields, and the names of inboxes and teammates are the same for everyone in the workspace. Messages, calls, voicemails,
  conversations and tasks are not.
- Before a text, the server reads the recipient's conversations on all inboxes, because an opt-out on one counts for all. It shows nothing
  of other inboxes but that the person opted out. A text that a colleague just sent to the same person is not sent again.
- Send limits count the sends of everyone together, also those of a role.
- If the provider does not answer, tokens that are signed with known keys stay valid, and other requests get 503. A withdrawn key is
  forgotten after an hour at the latest, or with the next unknown key.
- `QUO_MCP_HTTP_TOKEN` can be set as well. A request with that token is the operator's: it has no name, and all inboxes.
- Sign-in was tested with `oidc-provider` and the OAuth client of the MCP SDK, not with other providers.

"""
