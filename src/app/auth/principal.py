"""The caller of a request."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Principal:
    """The user of a verified access token. Times are seconds since the epoch."""

    user_id: str
    username: str
    groups: frozenset[str]
    client_id: str
    token_id: str
    issued_at: int
    signed_in_at: int
    """When the session of the token began: a refresh does not change it."""
    expires_at: int
    token: str = field(repr=False)
