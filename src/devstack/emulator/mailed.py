"""The mail that the embedded SES has sent, on disk before the request that sent it is answered.

MiniStack itself forgets it when it stops. The application remembers that it was sent, and does not send it again.
"""

from threading import Lock
from typing import Any

from ministack.services import ses

from devstack.emulator.documents import Documents

_KEPT = 200
"""Mails of earlier runs in the mailbox; older ones are deleted at the start."""
_ENTRIES = "entries"
"""MiniStack's own key of a list of mails, of an account in a region."""

Scope = tuple[str, str]
"""Account and region."""


class MailStore:
    """May be used from several threads. Mail is only ever added."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._lock = Lock()
        self._written: dict[Scope, int] = {}
        """How many of a list."""

    def commit(self) -> None:
        """Raises:
        sqlite3.Error: nothing is written, for example because the disk is full.
        """
        with self._lock:
            for (account, region, _), mails in ses._sent_emails.all_items():
                self._add((account, region), mails)

    def restore(self) -> None:
        keys = self._documents.keys()
        for owner in {owner for owner, _ in keys}:
            mails = list(self._documents.load(owner))
            old, kept = mails[:-_KEPT], mails[-_KEPT:]
            self._documents.write([], [(owner, mail["MessageId"]) for mail in old])
            account, region = owner.split("/")
            ses._sent_emails.set_scoped(account, region, _ENTRIES, kept)
            self._written[account, region] = len(kept)

    def _add(self, scope: Scope, mails: list[dict[str, Any]]) -> None:
        written = self._written.get(scope, 0)
        new = mails[written:]
        if new:
            self._documents.write([(("/".join(scope), mail["MessageId"]), mail) for mail in new])
            self._written[scope] = written + len(new)


def install(store: MailStore) -> None:
    restore = ses.load_persisted_state

    def restoring(state: Any) -> None:
        restore(state)
        store.restore()

    ses.load_persisted_state = restoring
