"""Costs of the account by day and service. Each request to Cost Explorer costs money (a cent), and its figures change
a few times a day: so it is asked every eight hours at most, however many read, and not more often when it fails.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from app.errors import Unavailable
from app.models.moments import timestamp
from app.ports.costs import CostRepository
from app.ports.monitoring import CostSource

_log = logging.getLogger("app.costs")
_DAYS = 30
_FRESH_SECONDS = 8 * 60 * 60
_RETRY_SECONDS = 60 * 60


@dataclass(frozen=True, slots=True)
class DayCosts:
    day: date
    total: Decimal
    services: Mapping[str, Decimal]
    """By service; those that cost nothing are left out."""


@dataclass(frozen=True, slots=True)
class Costs:
    """`as_of` is when Cost Explorer said so: `None`, and no days, where it never has. `stale`: that was long ago."""

    as_of: datetime | None
    stale: bool
    currency: str
    days: tuple[DayCosts, ...]

    @property
    def total(self) -> Decimal:
        return sum((day.total for day in self.days), Decimal())


class AdminCosts:
    def __init__(
        self, source: CostSource, kept: CostRepository, clock: Callable[[], float] = time.time
    ) -> None:
        self._source = source
        self._kept = kept
        self._clock = clock

    def get(self) -> Costs:
        """The last known figures, after asking for new ones when it is time. Never fails for Cost Explorer's sake."""
        if self._kept.claim(now=int(self._clock()), until=int(self._clock()) + _RETRY_SECONDS):
            self._refresh()
        return _costs(self._kept.read(), self._clock())

    def _refresh(self) -> None:
        moment = datetime.fromtimestamp(self._clock(), UTC)
        today = moment.date()  # not over, so it would look cheap
        try:
            report = self._source.daily_costs(today - timedelta(days=_DAYS), today)
        except Unavailable as error:
            cause = type(error.__cause__ or error).__name__
            _log.warning("Cost Explorer does not answer", extra={"fields": {"error": cause}})
            return
        kept = json.dumps({"asOf": timestamp(moment), "currency": report.currency, "days": report.days})
        self._kept.keep(kept, until=int(self._clock()) + _FRESH_SECONDS)


def _costs(report: str | None, clock: float) -> Costs:
    if report is None:
        return Costs(None, True, "USD", ())
    kept = json.loads(report)
    as_of = datetime.fromisoformat(kept["asOf"])
    days = tuple(
        _day_costs(day, {service: Decimal(amount) for service, amount in services.items()})
        for day, services in sorted(kept["days"].items())
    )
    return Costs(as_of, clock - as_of.timestamp() > _FRESH_SECONDS, kept["currency"], days)


def _day_costs(day: str, services: Mapping[str, Decimal]) -> DayCosts:
    return DayCosts(date.fromisoformat(day), sum(services.values(), Decimal()), services)
