"""Costs: asked for rarely, kept, and never a reason to fail."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from app.aws.clients import Clients
from app.aws.cost_explorer import CostExplorer
from app.config.api import Settings
from app.schemas.admin import CostsOut
from app.services.admin.costs import AdminCosts
from support.clients import clients_for
from support.clock import Clock
from support.environment import ENVIRONMENT
from support.memory import MemoryCosts

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
HOUR = 3600
REQUEST = {
    "TimePeriod": {"Start": "2026-10-22", "End": "2026-11-21"},
    "Granularity": "DAILY",
    "Metrics": ["UnblendedCost"],
    "GroupBy": [{"Type": "DIMENSION", "Key": "SERVICE"}],
}


@pytest.fixture(scope="module")
def clients() -> Clients:
    return clients_for(Settings.from_env(ENVIRONMENT))


@pytest.fixture
def explorer(clients: Clients) -> Iterator[Stubber]:
    """Returns scripted answers in order, and fails if asked more often."""
    with Stubber(clients.cost_explorer) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW.timestamp())


@pytest.fixture
def costs(clients: Clients, clock: Clock) -> AdminCosts:
    return AdminCosts(CostExplorer(clients), MemoryCosts(), clock)


def day(date: str, **amounts: str) -> dict:
    groups = [
        {"Keys": [service], "Metrics": {"UnblendedCost": {"Amount": amount, "Unit": "USD"}}}
        for service, amount in amounts.items()
    ]
    return {"TimePeriod": {"Start": date, "End": date}, "Groups": groups, "Total": {}, "Estimated": False}


def answer(stubber: Stubber, *days: dict) -> None:
    stubber.add_response("get_cost_and_usage", {"ResultsByTime": list(days)})


def test_tells_the_costs_of_each_day_and_service(costs: AdminCosts, explorer: Stubber) -> None:
    first = day("2026-11-19", Lambda="0.1000000001", DynamoDB="0.25", S3="0")
    explorer.add_response("get_cost_and_usage", {"ResultsByTime": [first], "NextPageToken": "more"}, REQUEST)
    explorer.add_response(
        "get_cost_and_usage",
        {"ResultsByTime": [day("2026-11-19", SQS="0.05"), day("2026-11-20")]},
        {**REQUEST, "NextPageToken": "more"},
    )

    known = costs.get()

    assert (known.as_of, known.stale, known.currency) == (NOW, False, "USD")
    assert [(each.day, each.total) for each in known.days] == [
        (date(2026, 11, 19), Decimal("0.4000000001")),
        (date(2026, 11, 20), Decimal()),
    ]
    shown = CostsOut.of(known)
    assert [(each.service, each.amount) for each in shown.days[0].services] == [
        ("DynamoDB", "0.2500"),
        ("Lambda", "0.1000"),
        ("SQS", "0.0500"),
    ]
    assert (shown.status, shown.total) == ("known", "0.4000")


def test_asks_again_after_eight_hours_and_not_before(
    costs: AdminCosts, explorer: Stubber, clock: Clock
) -> None:
    answer(explorer, day("2026-11-19", Lambda="1"))
    first = costs.get()
    clock.now += 8 * HOUR - 1
    assert costs.get() == first

    answer(explorer, day("2026-11-19", Lambda="2"))
    clock.now += 2
    assert costs.get().total == 2


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "DataUnavailableException", "LimitExceededException"]
)
def test_tells_the_last_known_figures_when_there_are_no_new_ones(
    costs: AdminCosts, explorer: Stubber, clock: Clock, code: str
) -> None:
    answer(explorer, day("2026-11-19", Lambda="1"))
    costs.get()
    clock.now += 9 * HOUR
    explorer.add_client_error("get_cost_and_usage", code, http_status_code=400)

    stale = costs.get()

    assert (stale.total, stale.as_of, stale.stale) == (1, NOW, True)


def test_a_failure_is_not_repeated_with_every_request(
    costs: AdminCosts, explorer: Stubber, clock: Clock
) -> None:
    for _ in range(2):  # the second one is for the question after an hour
        explorer.add_client_error("get_cost_and_usage", "InternalFailure", http_status_code=500)
    for _ in range(3):
        unknown = costs.get()
        clock.now += HOUR / 4
    assert (unknown.as_of, unknown.stale, unknown.days) == (None, True, ())

    with pytest.raises(AssertionError):
        explorer.assert_no_pending_responses()
    clock.now += HOUR
    costs.get()
    explorer.assert_no_pending_responses()


def test_returns_the_days_in_order_for_any_order_of_arrival(costs: AdminCosts, explorer: Stubber) -> None:
    answer(explorer, day("2026-11-20", Lambda="1"), day("2026-11-19", Lambda="2"))

    assert [each.day for each in costs.get().days] == [date(2026, 11, 19), date(2026, 11, 20)]


def test_an_answer_without_end_is_left_after_five_pages(costs: AdminCosts, explorer: Stubber) -> None:
    for _ in range(5):
        page = {"ResultsByTime": [day("2026-11-19", Lambda="1")], "NextPageToken": "more"}
        explorer.add_response("get_cost_and_usage", page)

    assert costs.get().total == 1


def test_a_cost_explorer_out_of_reach_is_no_failure(
    costs: AdminCosts, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(**_request: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://ce.example.com")

    monkeypatch.setattr(clients.cost_explorer, "get_cost_and_usage", unreachable)

    assert costs.get().as_of is None
