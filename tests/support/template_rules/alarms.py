"""Alarms: each reaches a person."""

from collections.abc import Iterator
from typing import Any

from support.template_rules.deployment import Deployment
from support.template_rules.findings import Finding
from support.template_rules.queues import dead_letter_queues, dead_letters


def every_function_has_an_alarm_on_its_first_error(deployed: Deployment) -> Iterator[Finding]:
    for name in deployed.of_type("AWS::Lambda::Function"):
        if not any(
            _is_on_first(alarm, "Errors", "FunctionName", {"Ref": name}) for alarm in _alarms(deployed)
        ):
            yield Finding(
                "every_function_has_an_alarm_on_its_first_error", name, "no alarm on its first error"
            )


def every_function_has_an_alarm_before_it_runs_out_of_time(deployed: Deployment) -> Iterator[Finding]:
    rule = "every_function_has_an_alarm_before_it_runs_out_of_time"
    for name, function in deployed.properties("AWS::Lambda::Function"):
        if not any(
            _is_on(alarm, "Duration", "FunctionName", {"Ref": name})
            and alarm.get("ExtendedStatistic") == "p99"
            and float(alarm["Threshold"]) < function["Timeout"] * 1000
            for alarm in _alarms(deployed)
        ):
            yield Finding(rule, name, "no alarm on its p99 duration, below its time-out")


def every_dead_letter_has_an_alarm(deployed: Deployment) -> Iterator[Finding]:
    rule, metric = "every_dead_letter_has_an_alarm", "ApproximateNumberOfMessagesVisible"
    for name in sorted(dead_letters(deployed)):
        queue = {"Fn::GetAtt": [name, "QueueName"]}
        if not any(_is_on_first(alarm, metric, "QueueName", queue) for alarm in _alarms(deployed)):
            yield Finding(rule, name, "no alarm on its first message")


def every_queue_has_an_alarm_on_its_oldest_message(deployed: Deployment) -> Iterator[Finding]:
    rule, metric = "every_queue_has_an_alarm_on_its_oldest_message", "ApproximateAgeOfOldestMessage"
    for name in dead_letter_queues(deployed):
        queue = {"Fn::GetAtt": [name, "QueueName"]}
        if not any(_is_on(alarm, metric, "QueueName", queue) for alarm in _alarms(deployed)):
            yield Finding(rule, name, "no alarm on the age of its oldest message")


def every_alarm_reaches_a_person(deployed: Deployment) -> Iterator[Finding]:
    for name, alarm in deployed.properties("AWS::CloudWatch::Alarm"):
        topics = [action.get("Ref") for action in alarm.get("AlarmActions", []) if isinstance(action, dict)]
        if not any(deployed.resources.get(topic, {}).get("Type") == "AWS::SNS::Topic" for topic in topics):
            yield Finding("every_alarm_reaches_a_person", name, "it notifies no topic")


def _alarms(deployed: Deployment) -> Iterator[dict[str, Any]]:
    for _, alarm in deployed.properties("AWS::CloudWatch::Alarm"):
        yield alarm


def _is_on(alarm: dict[str, Any], metric: str, dimension: str, value: Any) -> bool:
    named = {entry["Name"]: entry["Value"] for entry in alarm.get("Dimensions", [])}
    return alarm.get("MetricName") == metric and named.get(dimension) == value


def _is_on_first(alarm: dict[str, Any], metric: str, dimension: str, value: Any) -> bool:
    """One in one period is enough."""
    if not _is_on(alarm, metric, dimension, value) or int(alarm.get("EvaluationPeriods", 0)) != 1:
        return False
    above, threshold = alarm.get("ComparisonOperator"), float(alarm.get("Threshold", 0))
    return (above, threshold) in (("GreaterThanThreshold", 0.0), ("GreaterThanOrEqualToThreshold", 1.0))
