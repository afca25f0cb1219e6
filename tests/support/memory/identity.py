import json
import uuid
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field, replace
from itertools import count

from app.errors import (
    Conflict,
    InvalidCode,
    InvalidCredentials,
    NotFound,
    Unavailable,
    WrongPassword,
)
from app.ports.identity import Account, ClientName, CodeDelivery, Registration, Tokens

CODE = "123456"
"""What every mail of this provider says."""
_numbers = count()


@dataclass
class _Login:
    password: str
    sessions: dict[str, ClientName] = field(default_factory=dict)
    """The refresh tokens that are good, and where."""


class MemoryIdentity:
    """The `IdentityProvider` in memory. `is_down` makes it unavailable for what changes an account."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.is_down = False
        self._logins: dict[str, _Login] = {}

    def put(self, account: Account, password: str = "") -> None:
        """An account that is there already."""
        self.accounts[account.user_id] = account
        self._logins[account.user_id] = _Login(password)

    def sign_up(self, email: str, password: str, name: str | None) -> Registration:
        if self.get_user(email) is not None:
            raise Conflict(code="user_exists")
        account = Account(str(uuid.uuid4()), email, name, confirmed=False)
        self.put(account, password)
        return Registration(account.user_id, False, CodeDelivery("a***@e***", "email"))

    def confirm_sign_up(self, email: str, code: str) -> None:
        account = self._with_code(email, code)
        self.accounts[account.user_id] = replace(account, confirmed=True)

    def resend_code(self, email: str) -> None:
        """Mails go nowhere."""

    def forgot_password(self, email: str) -> None:
        """Mails go nowhere."""

    def reset_password(self, email: str, code: str, password: str) -> None:
        self._logins[self._with_code(email, code).user_id].password = password

    def _with_code(self, email: str, code: str) -> Account:
        account = self.get_user(email)
        if account is None or code != CODE:
            raise InvalidCode
        return account

    def log_in(self, email: str, password: str, client: ClientName = "app") -> Tokens:
        account = self.get_user(email)
        if account is None or not (account.enabled and account.confirmed):
            raise InvalidCredentials
        if self._logins[account.user_id].password != password:
            raise InvalidCredentials
        return self._tokens(account, f"refresh-{next(_numbers)}", client)

    def refresh(self, refresh_token: str, client: ClientName = "app") -> Tokens:
        for user_id, login in self._logins.items():
            if login.sessions.get(refresh_token) == client:
                return self._tokens(self.accounts[user_id], refresh_token, client)
        raise InvalidCredentials(code="invalid_refresh_token")

    def _tokens(self, account: Account, refresh_token: str, client: ClientName) -> Tokens:
        self._logins[account.user_id].sessions[refresh_token] = client
        claims = {"sub": account.user_id, "email": account.email, "email_verified": account.confirmed}
        return Tokens(f"access-{next(_numbers)}-{account.user_id}", _unsigned(claims), refresh_token, 3600)

    def change_password(self, access_token: str, current: str, new: str) -> None:
        login = self._logins[access_token.split("-", 2)[2]]
        if login.password != current:
            raise WrongPassword("/currentPassword")
        login.password = new

    def revoke(self, refresh_token: str) -> None:
        for login in self._logins.values():
            login.sessions.pop(refresh_token, None)

    def get_user(self, username: str) -> Account | None:
        named = (
            account for account in self.accounts.values() if username in (account.user_id, account.email)
        )
        return next(named, None)

    def set_email(self, user_id: str, email: str) -> None:
        self._answer()
        if user_id not in self.accounts:
            raise NotFound
        holder = self.get_user(email)
        if holder is not None and holder.user_id != user_id:
            raise Conflict(code="email_taken")
        self.accounts[user_id] = replace(self.accounts[user_id], email=email)

    def set_password(self, user_id: str, password: str) -> None:
        self._answer()
        if user_id in self._logins:
            self._logins[user_id].password = password

    def sign_out(self, user_id: str) -> None:
        self._answer()
        if user_id in self._logins:
            self._logins[user_id].sessions.clear()

    def disable(self, user_id: str) -> None:
        self._switch(user_id, enabled=False)

    def enable(self, user_id: str) -> None:
        self._switch(user_id, enabled=True)

    def _switch(self, user_id: str, *, enabled: bool) -> None:
        self._answer()
        if user_id not in self.accounts:
            raise NotFound
        self.accounts[user_id] = replace(self.accounts[user_id], enabled=enabled)

    def delete(self, user_id: str) -> None:
        self._answer()
        self.accounts.pop(user_id, None)
        self._logins.pop(user_id, None)

    def _answer(self) -> None:
        if self.is_down:
            raise Unavailable


def _unsigned(claims: dict[str, object]) -> str:
    """A token whose signature no key has made."""
    return ".".join(
        urlsafe_b64encode(part.encode()).rstrip(b"=").decode()
        for part in (json.dumps({"alg": "RS256"}), json.dumps(claims), "signature")
    )
