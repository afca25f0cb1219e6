"""Account management by administrators, who cannot lock themselves out."""

from app.errors import Conflict
from app.models.pages import Page, Position
from app.models.users import User, UserQuery
from app.ports.users import UserRepository
from app.services.account_deletion import AccountDeletion
from app.services.accounts import Accounts
from app.services.admin.audit import Audit
from app.services.cursors import Cursor, CursorPage, CursorSigner


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

    def search(self, admin: User, query: UserQuery, *, limit: int, cursor: Cursor | None) -> CursorPage[User]:
        """One page, by e-mail address."""

        def read(position: Position | None) -> Page[User]:
            return self._users.search(query, limit=limit, position=position)

        return self._cursors.page(admin.id, query, cursor, read)

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
