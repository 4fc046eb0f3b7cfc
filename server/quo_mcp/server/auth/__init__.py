"""Who may use the server over HTTP: sign-in with an OpenID provider, scopes and roles."""
