"""The alarms of this deployment, as CloudWatch has them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from app.aws.clients import Clients
from app.errors import Unavailable
from app.ports.monitoring import Alarm, AlarmState

_MAX_PAGES = 10
_WORST_FIRST = ("ALARM", "INSUFFICIENT_DATA", "OK")


class CloudWatchAlarms:
    """`prefix` is the stack's name: CloudFormation begins the names of all its alarms with it and a dash."""

    def __init__(self, clients: Clients, prefix: str) -> None:
        self._clients = clients
        self._prefix = f"{prefix}-"

    def list(self) -> tuple[Alarm, ...]:
        """Ringing ones first.

        Raises:
            app.errors.Unavailable
        """
        try:
            found = [_alarm(alarm) for alarm in self._described()]
        except (BotoCoreError, ClientError) as error:
            raise Unavailable from error
        return tuple(sorted(found, key=lambda alarm: (_WORST_FIRST.index(alarm.state), alarm.name)))

    def _described(self) -> Iterator[Mapping[str, Any]]:
        pages: Iterable[Mapping[str, Any]] = self._clients.cloudwatch.get_paginator(
            "describe_alarms"
        ).paginate(
            AlarmNamePrefix=self._prefix,
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
            PaginationConfig={"PageSize": 100, "MaxItems": 100 * _MAX_PAGES},
        )
        for page in pages:
            yield from page.get("MetricAlarms", ())
            yield from page.get("CompositeAlarms", ())


def _alarm(alarm: Mapping[str, Any]) -> Alarm:
    return Alarm(
        name=alarm["AlarmName"],
        description=alarm.get("AlarmDescription") or None,
        state=cast("AlarmState", alarm["StateValue"]),
        reason=alarm.get("StateReason") or None,
        since=alarm.get("StateTransitionedTimestamp") or alarm.get("StateUpdatedTimestamp"),
    )
