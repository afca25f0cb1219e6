"""Monitoring: alarms and costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

AlarmState = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]


@dataclass(frozen=True, slots=True)
class Alarm:
    name: str
    description: str | None
    state: AlarmState
    reason: str | None
    since: datetime | None


class Alarms(Protocol):
    def list(self) -> tuple[Alarm, ...]:
        """The alarms of this deployment, ringing ones first.

        Raises:
            app.errors.Unavailable
        """
        ...


@dataclass(frozen=True, slots=True)
class CostReport:
    """Amounts are decimal strings, by day (`YYYY-MM-DD`) and service."""

    currency: str
    days: Mapping[str, Mapping[str, str]]


class CostSource(Protocol):
    def daily_costs(self, start: date, end: date) -> CostReport:
        """Costs by service for each day from `start` up to `end`, which is not included. Each call costs money.

        Raises:
            app.errors.Unavailable
        """
        ...
