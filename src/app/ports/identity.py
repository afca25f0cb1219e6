"""The identity provider: accounts and tokens."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from app.auth import compact

_KINDS = "upper-case and lower-case letters, digits and symbols"
PASSWORD_POLICY = f"Use at least 12 characters, with {_KINDS}."
"""What the pool asks of a new password, in words for people."""

ClientName = Literal["app", "site"]
"""The clients of the pool. The refresh tokens of `app` stay good for long, those of `site` are replaced at each use.
A refresh token is good at its own client only."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user as the pool holds it. `confirmed`: the e-mail address was proven, or an administrator vouched for it.
    `has_password`: it does not sign in at another provider."""

    user_id: str
    email: str
    name: str | None
    enabled: bool = True
    confirmed: bool = True
    has_password: bool = True

    @classmethod
    def of(
        cls,
        attributes: Mapping[str, str],
        *,
        enabled: bool = True,
        confirmed: bool = True,
        has_password: bool = True,
    ) -> "Account":
        """From the attributes of the pool, as its answers and its triggers give them."""
        name = attributes.get("name")
        return cls(attributes["sub"], attributes["email"], name, enabled, confirmed, has_password)


@dataclass(frozen=True, slots=True)
class CodeDelivery:
    """The destination of a code: a masked address, and the medium (`email`)."""

    destination: str
    medium: str


@dataclass(frozen=True, slots=True)
class Registration:
    user_id: str
    confirmed: bool
    delivery: CodeDelivery | None


@dataclass(frozen=True, slots=True)
class Proven:
    """A user and the address that a code has proven."""

    user_id: str
    email: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """`expires_in` is the life of the access token, in seconds."""

    access_token: str = field(repr=False)
    id_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int

    @property
    def proven(self) -> Proven | None:
        """The address in the ID token; `None` for one that is not proven. The provider has just answered
        with the token, over TLS, so its signature is not checked."""
        try:
            claims = compact.parse(self.id_token).payload
        except ValueError:
            return None
        if claims.get("email_verified") not in (True, "true") or not claims.get("email"):
            return None
        return Proven(claims["sub"], claims["email"])


class IdentityProvider(Protocol):
    """The accounts of one user pool. Sign-in is by e-mail address.

    Every method may raise `app.errors.Unavailable`, and `app.errors.TooManyRequests` where the provider throttles.
    Methods that act on an account that does not exist do not reveal it.
    """

    def sign_up(self, email: str, password: str, name: str | None) -> Registration: ...

    def confirm_sign_up(self, email: str, code: str) -> None: ...

    def resend_code(self, email: str) -> None:
        """Send a new code if there is an account to confirm."""
        ...

    def log_in(self, email: str, password: str, client: ClientName = "app") -> Tokens: ...

    def refresh(self, refresh_token: str, client: ClientName = "app") -> Tokens:
        """New tokens, with a new refresh token where they rotate, else the one given."""
        ...

    def forgot_password(self, email: str) -> None:
        """Send a reset code if there is an account."""
        ...

    def reset_password(self, email: str, code: str, password: str) -> None: ...

    def change_password(self, access_token: str, current: str, new: str) -> None:
        """Raises:
        app.errors.WrongPassword: `current` is not the password.
        """
        ...

    def revoke(self, refresh_token: str) -> None:
        """End the session of a refresh token, of either client. An unknown one is no error (RFC 7009, 2.2)."""
        ...

    def get_user(self, username: str) -> Account | None:
        """By user id or e-mail address."""
        ...

    def set_email(self, user_id: str, email: str) -> None:
        """Give an account another address, as proven. Safe to repeat.

        Raises:
            app.errors.Conflict: another account has it (code `email_taken`).
        """
        ...

    def set_password(self, user_id: str, password: str) -> None:
        """Replace the password, without asking for the one before. One who is gone has none."""
        ...

    def sign_out(self, user_id: str) -> None:
        """Revoke every refresh token of a user."""
        ...

    def disable(self, user_id: str) -> None: ...

    def enable(self, user_id: str) -> None: ...

    def delete(self, user_id: str) -> None:
        """Delete an account with its sessions. One that does not exist is no error."""
        ...
