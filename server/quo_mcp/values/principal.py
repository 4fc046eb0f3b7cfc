"""Who a request comes from, as the person's access token says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Principal:
    """A person who signed in.

    subject: identifies the person at the issuer, permanently.
    email: verified, in lower case; None if the token has none, or one that is not verified.
    groups, scopes: as in the token.
    """

    subject: str
    email: str | None = None
    groups: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The email address, or the subject if there is none."""
        return self.email or self.subject
