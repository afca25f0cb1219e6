"""The contracts of monitoring: alarms and costs."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from app.ports.monitoring import Alarms, AlarmState, CostSource

SetAlarm = Callable[[str, AlarmState], None]
"""Make an alarm with this name behind the prefix of the deployment, in this state, for the reason `set`. A name that
begins with `+` is one of another deployment, whose prefix begins alike."""
Spend = Callable[[Mapping[str, Mapping[str, str]]], None]
"""Prepare what days (`YYYY-MM-DD`) cost, by service, in USD."""


class AlarmsContract:
    def test_lists_the_alarms_of_this_deployment_ringing_ones_first(
        self, alarms: Alarms, set_alarm: SetAlarm
    ) -> None:
        set_alarm("a", "OK")
        set_alarm("b", "INSUFFICIENT_DATA")
        set_alarm("d", "ALARM")
        set_alarm("c", "ALARM")
        set_alarm("+e", "ALARM")

        listed = alarms.list()

        assert [(alarm.name[-1], alarm.state) for alarm in listed] == [
            ("c", "ALARM"),
            ("d", "ALARM"),
            ("b", "INSUFFICIENT_DATA"),
            ("a", "OK"),
        ]
        assert listed[0].reason == "set"
        assert listed[0].since is not None


class CostSourceContract:
    def test_reports_each_day_by_service_without_what_costs_nothing(
        self, cost_source: CostSource, spend: Spend
    ) -> None:
        spend(
            {
                "2026-11-01": {"AWS Lambda": "0.25", "Amazon S3": "0"},
                "2026-11-02": {"AWS Lambda": "0.0000000001"},
            }
        )

        report = cost_source.daily_costs(date(2026, 11, 1), date(2026, 11, 3))

        assert report.currency == "USD"
        assert {day: dict(services) for day, services in report.days.items()} == {
            "2026-11-01": {"AWS Lambda": "0.25"},
            "2026-11-02": {"AWS Lambda": "0.0000000001"},
        }
        assert all(Decimal(amount) for services in report.days.values() for amount in services.values())
