"""Account deletion: the account and everything held on it, resumable after an interruption at any step.

The record closes first: its status refuses every request but the one that is repeated to go on, and fails changes
that are under way. Then the marker: nothing is made or sent for this user any more. Then the data, store by store, as
`app.container.personal_data` registers them. The record itself goes when they are gone, and what was under way until
then is swept up after it, since nothing can be added to an account without a record. The account of the pool goes
last: until then its owner can sign in, to repeat what was interrupted.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from app.errors import DeadlineExceeded, NotFound, Unauthenticated, Unavailable
from app.models.users import User
from app.ports.identity import IdentityProvider
from app.ports.users import ErasureRepository, UserRepository
from app.services.accounts import Accounts
from app.services.mail.kinds import account_deleted
from app.services.mail.outbox import Outbox
from app.services.user_stores import Owner, UserStore, UserStores


class AccountDeletion:
    def __init__(
        self,
        *,
        stores: UserStores,
        users: UserRepository,
        erasures: ErasureRepository,
        accounts: Accounts,
        identity: IdentityProvider,
        outbox: Outbox,
    ) -> None:
        self._stores = stores
        self._users = users
        self._erasures = erasures
        self._accounts = accounts
        self._identity = identity
        self._outbox = outbox

    def admit(
        self,
        user_id: str,
        username: str,
        signed_in_at: int,
        password: str | None,
        guess: Callable[[str], AbstractContextManager[None]],
    ) -> None:
        """Let in whom `Accounts.guard` and `Accounts.reauthenticate` let in, and who is leaving already: the same
        token repeats the request. `guess` limits how often a password is tried: see `Limits.password`.

        Raises:
            Forbidden, WrongPassword: see `Accounts.reauthenticate`.
            Unauthenticated: there is no such account, it is disabled, or it has signed out everywhere since.
        """
        user = self._users.get(user_id)
        if user is None and self._erasures.state(user_id) is not None:
            return
        if user is None or user.status != "deleting":
            user = self._accounts.guard(user_id, username, signed_in_at)
            with guess(user.email):
                self._accounts.reauthenticate(user, password, signed_in_at)
        elif signed_in_at < user.tokens_valid_after:
            raise Unauthenticated

    def erase(self, user_id: str) -> None:
        """Erase the account. Nothing is left but the marker, with the user's id alone, and no process lets a token of
        the account in.

        Raises:
            NotFound: there is no such account, and was none lately.
            Unavailable: some of it is left. The account can no longer be used; repeat to go on.
        """
        self._erase(user_id)
        self._users.wait_until_visible(user_id)

    def _erase(self, user_id: str) -> None:
        user = self._users.close(user_id)
        if user is None and self._is_done(user_id):
            return
        self._erasures.begin(user_id)
        try:
            self._erase_all(user_id, user)
        except DeadlineExceeded as error:
            raise Unavailable(
                "The account is closed, but not all of it is erased yet. Repeat the request to go on.",
                code="erasure_unfinished",
            ) from error

    def _is_done(self, user_id: str) -> bool:
        """Return whether nothing is left of an account that has no record."""
        state = self._erasures.state(user_id)
        if state is None and self._identity.get_user(user_id) is None:
            raise NotFound
        return state == "finished"

    def _erase_all(self, user_id: str, user: User | None) -> None:
        self._sweep(user_id)
        if user is not None:
            self._remove(user)
        _erase(self._stores.account, user_id)
        self._erasures.finish(user_id)

    def _remove(self, user: User) -> None:
        """The record goes last of what names the person, so that a repetition still knows whom to tell."""
        for store in self._stores.by_record:
            _erase(store, user)
        self._outbox.send(account_deleted(user))
        _erase(self._stores.record, user.id)
        self._sweep(user.id)

    def _sweep(self, user_id: str) -> None:
        for store in self._stores.by_id:
            _erase(store, user_id)


def _erase(store: UserStore[Owner], owner: Owner) -> None:
    """Each call of each step is bounded by the request's deadline: see `app.aws.calls`."""
    steps = store.erase(owner)
    if isinstance(steps, Iterator):
        for _ in steps:
            pass
