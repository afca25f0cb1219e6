"""Alarms and costs, as far as the emulator knows them."""

import pytest


@pytest.fixture
def alarms(stack, clients, unique):
    """Three alarms of this deployment, one each in a state, and one of another whose name begins alike."""
    own = stack.env["ALARM_PREFIX"]
    names = {state: f"{own}-{unique}-{state}" for state in ("OK", "ALARM", "INSUFFICIENT_DATA")}
    foreign = f"{own}2-{unique}"
    for name in (*names.values(), foreign):
        clients.cloudwatch.put_metric_alarm(
            AlarmName=name,
            AlarmDescription="Something is up",
            Namespace="Test",
            MetricName=unique,
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
    for state, name in names.items():
        clients.cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason=f"set to {state}")
    yield names
    clients.cloudwatch.delete_alarms(AlarmNames=[*names.values(), foreign])


def test_lists_the_alarms_of_this_deployment_those_that_ring_first(admin, alarms, unique):
    items = admin.request("GET", "/v1/admin/alarms").json()["items"]

    mine = [item for item in items if unique in item["name"]]
    assert [item["name"] for item in mine] == [
        alarms[state] for state in ("ALARM", "INSUFFICIENT_DATA", "OK")
    ]
    assert mine[0]["state"] == "ALARM"
    assert mine[0]["reason"] == "set to ALARM"
    assert mine[0]["description"] == "Something is up"
    assert mine[0]["since"].endswith("Z")


def test_unknown_costs_are_reported_as_unknown(admin):
    """The emulator has no Cost Explorer: it answers 400, as AWS does where it was never enabled."""
    response = admin.request("GET", "/v1/admin/costs")

    assert response.status_code == 200
    assert response.json() == {
        "status": "unknown",
        "asOf": None,
        "stale": True,
        "currency": "USD",
        "total": "0.0000",
        "days": [],
    }
