"""The limits of callers, and where they come from."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from app.aws.secrets_manager import SharedSecret
from app.client_address import client_address, network_of
from app.services.limits import Limits, derived_key

if TYPE_CHECKING:
    from app.container import Container


class CallerLimits:
    def __init__(self, core: "Container") -> None:
        self._core = core

    def of(self, scope: Mapping[str, Any]) -> Limits:
        """The limits of the caller of an ASGI request."""
        return Limits(
            self._core.settings.limits,
            self._core.storage.limits,
            key=lambda: derived_key(self._core.secret.value("cursorKey")),
            network=lambda: self.network(scope),
        )

    def network(self, scope: Mapping[str, Any]) -> str:
        """The network that an ASGI request comes from. May raise `app.errors.Unavailable`."""
        return network_of(client_address(scope, self._origin_keys))

    @cached_property
    def origin_secret(self) -> SharedSecret | None:
        """What the site's distribution proves itself by."""
        arn = self._core.settings.origin_secret_arn
        return None if arn is None else SharedSecret(self._core.clients, arn)

    def _origin_keys(self) -> tuple[str, ...]:
        """The key, and the one before it while a new one is on its way to the distribution."""
        values = {} if self.origin_secret is None else self.origin_secret.values()
        return tuple(values[name] for name in ("originKey", "previousOriginKey") if name in values)
