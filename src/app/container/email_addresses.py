"""The parts that change the address of an account, and give it back."""

from functools import cached_property
from typing import TYPE_CHECKING

from app.services.address_secrets import AddressSecrets, keys_from
from app.services.departures import Departures
from app.services.email_change import EmailChange
from app.services.email_undo import EmailUndo

if TYPE_CHECKING:
    from app.container import Container


class EmailAddresses:
    def __init__(self, core: "Container") -> None:
        self._core = core
        self._secrets = AddressSecrets(lambda: keys_from(core.secret.values()))

    @cached_property
    def departures(self) -> Departures:
        return Departures(self._core.storage.address_changes, self._secrets)

    @cached_property
    def change(self) -> EmailChange:
        return EmailChange(
            records=self._core.storage.address_changes,
            users=self._core.user_repository,
            identity=self._core.identity,
            accounts=self._core.accounts,
            moves=self._core.address_changes,
            outbox=self._core.outbox,
            secrets=self._secrets,
        )

    @cached_property
    def undo(self) -> EmailUndo:
        return EmailUndo(
            records=self._core.storage.address_changes,
            users=self._core.user_repository,
            identity=self._core.identity,
            accounts=self._core.accounts,
            moves=self._core.address_changes,
            secrets=self._secrets,
        )
