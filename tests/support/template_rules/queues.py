"""Queues: nothing is lost in silence."""

from collections.abc import Iterator
from typing import Any

from support.template_rules.deployment import Deployment
from support.template_rules.findings import Finding
from support.template_rules.references import refers_to

_DEFAULT_VISIBILITY = 30
_DEFAULT_RETENTION = 345600
_DEFAULT_TIMEOUT = 3
_LEAST_RECEIVES = 5
_TIMES_THE_TIMEOUT = 6
"""https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""


def dead_letter_queues(deployed: Deployment) -> dict[str, str]:
    """Source queue -> its dead-letter queue, of those that have one."""
    found = {}
    for name, queue in deployed.properties("AWS::SQS::Queue"):
        target = queue.get("RedrivePolicy", {}).get("deadLetterTargetArn", {})
        if "Fn::GetAtt" in target:
            found[name] = target["Fn::GetAtt"][0]
    return found


def dead_letters(deployed: Deployment) -> set[str]:
    """The dead-letter queues: those of queues, and those where Lambda puts what it gives up of a stream."""
    destinations = (
        _on_failure(mapping) for _, mapping in deployed.properties("AWS::Lambda::EventSourceMapping")
    )
    return {*dead_letter_queues(deployed).values(), *(name for name in destinations if name is not None)}


def _on_failure(mapping: dict[str, Any]) -> str | None:
    named: list[str] = (
        mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", {}).get("Fn::GetAtt", [])
    )
    return named[0] if named else None


def every_stream_gives_up_a_batch_and_says_so(deployed: Deployment) -> Iterator[Finding]:
    """Without a bound, a batch that fails holds up its shard until the stream drops the records behind it, too."""
    rule = "every_stream_gives_up_a_batch_and_says_so"
    for _, mapping in deployed.properties("AWS::Lambda::EventSourceMapping"):
        if "StartingPosition" not in mapping:
            continue
        function = function_of(deployed, mapping["FunctionName"])
        if int(mapping.get("MaximumRetryAttempts", -1)) < 0:
            yield Finding(rule, function, "a batch that fails is retried until it expires")
        if _on_failure(mapping) is None:
            yield Finding(rule, function, "what it gives up of its stream is lost in silence")


def every_queue_has_a_dead_letter_queue(deployed: Deployment) -> Iterator[Finding]:
    rule = "every_queue_has_a_dead_letter_queue"
    pairs, queues = dead_letter_queues(deployed), deployed.of_type("AWS::SQS::Queue")
    for name in queues.keys() - pairs.keys() - dead_letters(deployed):
        yield Finding(rule, name, "it has no dead-letter queue")
    for name, dlq in pairs.items():
        queue, letters = (queues[key].get("Properties", {}) for key in (name, dlq))
        if int(queue["RedrivePolicy"].get("maxReceiveCount", 0)) < _LEAST_RECEIVES:
            yield Finding(rule, name, f"a message is given up after fewer than {_LEAST_RECEIVES} receives")
        if _retention(letters) <= _retention(queue):
            yield Finding(
                rule,
                dlq,
                f"it keeps a message no longer than {name}, and a dead letter's age counts from the start",
            )


def _retention(queue: dict[str, Any]) -> int:
    return int(queue.get("MessageRetentionPeriod", _DEFAULT_RETENTION))


def a_message_stays_hidden_while_it_is_worked_on(deployed: Deployment) -> Iterator[Finding]:
    rule = "a_message_stays_hidden_while_it_is_worked_on"
    for name, function, mapping in consumers(deployed):
        visibility = int(deployed.resources[name]["Properties"].get("VisibilityTimeout", _DEFAULT_VISIBILITY))
        timeout = int(deployed.resources[function]["Properties"].get("Timeout", _DEFAULT_TIMEOUT))
        if visibility < _TIMES_THE_TIMEOUT * timeout:
            yield Finding(
                rule,
                name,
                f"{visibility} s is less than {_TIMES_THE_TIMEOUT} times the {timeout} s of {function}",
            )
        if mapping.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield Finding(rule, function, "one bad message brings back its whole batch")
        if not mapping.get("ScalingConfig", {}).get("MaximumConcurrency"):
            yield Finding(rule, function, f"{name} can take all of the account's concurrency")


def consumers(deployed: Deployment) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(queue, function, event source mapping)"""
    for _, mapping in deployed.properties("AWS::Lambda::EventSourceMapping"):
        source = mapping["EventSourceArn"].get("Fn::GetAtt", [""])[0]
        if deployed.resources.get(source, {}).get("Type") == "AWS::SQS::Queue":
            yield source, function_of(deployed, mapping["FunctionName"]), mapping


def function_of(deployed: Deployment, named: Any) -> str:
    """The function that a `FunctionName` names; through its alias, too."""
    for name in deployed.of_type("AWS::Lambda::Function"):
        if refers_to(named, name, "Arn"):
            return name
    for alias, properties in deployed.properties("AWS::Lambda::Alias"):
        if refers_to(named, alias):
            return function_of(deployed, properties["FunctionName"])
    raise KeyError(f"no function is {named}")
