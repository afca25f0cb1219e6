"""Account management by administrators, who cannot lock themselves out."""

from dataclasses import replace

from app.errors import Conflict
from app.models import Page, User, UserQuery
from app.ports import UserRepository
from app.services.account_deletion import AccountDeletion
from app.services.accounts import Accounts
from app.services.admin.audit import Audit
from app.services.cursors import CursorSigner


class AdminUsers:
    def __init__(
        self,
        users: UserRepository,
        accounts: Accounts,
        deletion: AccountDeletion,
        audit: Audit,
        cursors: CursorSigner,
    ) -> None:
        self._users = users
        self._accounts = accounts
        self._deletion = deletion
        self._audit = audit
        self._cursors = cursors

    def search(self, admin: User, query: UserQuery, *, limit: int, cursor: str | None) -> Page[User]:
        """One page, by e-mail address; its `position` is a signed cursor."""
        position = None if cursor is None else self._cursors.verify(admin.id, query, cursor)
        page = self._users.search(query, limit=limit, position=position)
        if page.position is None:
            return page
        return replace(page, position=self._cursors.sign(admin.id, query, page.position))

    def get(self, user_id: str) -> User:
        return self._accounts.get(user_id)

    def disable(self, admin: User, user_id: str) -> User:
        """Raises:
        Conflict: it is the administrator's own account.
        """
        _refuse_own(admin, user_id)
        with self._audit.recorded(admin, "user.disable", user_id):
            return self._accounts.disable(user_id)

    def enable(self, admin: User, user_id: str) -> User:
        with self._audit.recorded(admin, "user.enable", user_id):
            return self._accounts.enable(user_id)

    def delete(self, admin: User, user_id: str) -> None:
        """Raises:
        Conflict: it is the administrator's own account.
        """
        _refuse_own(admin, user_id)
        with self._audit.recorded(admin, "user.delete", user_id):
            self._deletion.erase(user_id)


def _refuse_own(admin: User, user_id: str) -> None:
    if admin.id == user_id:
        raise Conflict("You cannot do this to your own account.", code="own_account")
