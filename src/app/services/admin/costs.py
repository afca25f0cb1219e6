"""What the account has cost, by day and service. Each question to Cost Explorer costs money (a cent), and its figures
change a few times a day: so it is asked every eight hours at most, whoever reads, and not more often when it fails.
"""

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from app.aws.clients import Clients
from app.errors import Unavailable
from app.models import timestamp
from app.ports import CostRepository

_log = logging.getLogger("app.costs")
_DAYS = 30
_FRESH_SECONDS = 8 * 60 * 60
_RETRY_SECONDS = 60 * 60
_MAX_PAGES = 5
_METRIC = "UnblendedCost"


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
        self, clients: Clients, kept: CostRepository, clock: Callable[[], float] = time.time
    ) -> None:
        self._clients = clients
        self._kept = kept
        self._clock = clock

    def get(self) -> Costs:
        """The last known figures, after asking for new ones when it is time. Never fails for Cost Explorer's sake."""
        if self._kept.claim(now=int(self._clock()), until=int(self._clock()) + _RETRY_SECONDS):
            self._refresh()
        return _costs(self._kept.read(), self._clock())

    def _refresh(self) -> None:
        today = datetime.fromtimestamp(self._clock(), UTC)
        try:
            results = list(self._ask(today.date()))
        except (BotoCoreError, ClientError, Unavailable) as error:
            _log.warning("Cost Explorer does not answer", extra={"fields": {"error": type(error).__name__}})
            return
        report = json.dumps({"asOf": timestamp(today), **_report(results)})
        self._kept.keep(report, until=int(self._clock()) + _FRESH_SECONDS)

    def _ask(self, today: date) -> Iterator[Mapping[str, Any]]:
        """The results by day. `End` is exclusive; today is not over, so it would look cheap."""
        request: dict[str, Any] = {
            "TimePeriod": {"Start": str(today - timedelta(days=_DAYS)), "End": str(today)},
            "Granularity": "DAILY",
            "Metrics": [_METRIC],
            "GroupBy": [{"Type": "DIMENSION", "Key": "SERVICE"}],
        }
        for _ in range(_MAX_PAGES):
            answer = self._clients.cost_explorer.get_cost_and_usage(**request)
            yield from answer["ResultsByTime"]
            if not (token := answer.get("NextPageToken")):
                return
            request["NextPageToken"] = token


def _report(results: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """As it is kept: `{"currency": ..., "days": {day: {service: amount}}}`, amounts as the strings they come in."""
    days: dict[str, dict[str, str]] = {}
    currency = "USD"
    for result in results:
        services = days.setdefault(result["TimePeriod"]["Start"], {})
        for group in result.get("Groups", ()):
            cost = group["Metrics"][_METRIC]
            currency = cost["Unit"]
            if Decimal(cost["Amount"]):
                services[group["Keys"][0]] = cost["Amount"]
    return {"currency": currency, "days": days}


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
