"""Costs by day and service, from Cost Explorer.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsage.html
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from app.aws.clients import Clients
from app.errors import Unavailable
from app.ports.monitoring import CostReport

_MAX_PAGES = 5
_METRIC = "UnblendedCost"


class CostExplorer:
    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def daily_costs(self, start: date, end: date) -> CostReport:
        """See `app.ports.monitoring.CostSource`."""
        try:
            return _report(list(self._results(start, end)))
        except (BotoCoreError, ClientError) as error:
            raise Unavailable from error

    def _results(self, start: date, end: date) -> Iterator[Mapping[str, Any]]:
        request: dict[str, Any] = {
            "TimePeriod": {"Start": str(start), "End": str(end)},
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


def _report(results: Iterable[Mapping[str, Any]]) -> CostReport:
    days: dict[str, dict[str, str]] = {}
    currency = "USD"
    for result in results:
        services = days.setdefault(result["TimePeriod"]["Start"], {})
        for group in result.get("Groups", ()):
            cost = group["Metrics"][_METRIC]
            currency = cost["Unit"]
            if Decimal(cost["Amount"]):
                services[group["Keys"][0]] = cost["Amount"]
    return CostReport(currency, days)
