"""Whom a request speaks for."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Principal:
    """Whom a verified access token speaks for. Times are seconds since the epoch."""

    user_id: str
    username: str
    groups: frozenset[str]
    client_id: str
    token_id: str
    issued_at: int
    expires_at: int
    token: str = field(repr=False)
