"""The HTTP paths that need no token and no sign-in: load balancers ask them."""

OPEN_PATHS = frozenset({"/health", "/ready"})
