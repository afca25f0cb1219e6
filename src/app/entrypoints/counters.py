"""Keeps the sums over all users, from the stream of the Users table.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

from app.cold_start import frozen_imports

with frozen_imports():
    import json
    import logging
    from collections.abc import Sequence
    from functools import cache
    from typing import Any

    from app import context as request_context
    from app.aws.dead_letters import SqsDeadLetterWriter
    from app.bootstrap import Worker
    from app.config.counters import CountersSettings
    from app.ports.queues import DeadLetterWriter
    from app.repositories.dynamodb.user_totals import Change, UserTotals, change_of

Event = dict[str, Any]

_log = logging.getLogger("app.counters")


def handler(event: Event, context: Any) -> Event:
    """Raises where the batch could not be counted: Lambda sends it again. One transaction counts all of it or none,
    so no part of it can fail alone."""
    request_context.begin(context.aws_request_id)
    count(event["Records"], totals(), dead_letters())
    return {"batchItemFailures": []}


def count(records: Sequence[Event], totals: UserTotals, letters: DeadLetterWriter) -> None:
    """Count the records. One that cannot be read never can be: it goes to the dead letters, or it would hold up those
    behind it for a day.

    Raises:
        app.errors.AppError: try again; what is counted then is not counted twice.
    """
    changes = [(record, _read(record)) for record in records]
    totals.count([change for _, change in changes if change is not None])
    for record in (record for record, change in changes if change is None):
        letters.dead_letter(_reference(record), reason="unreadable", attempts=1)


def _read(record: Event) -> Change | None:
    try:
        return change_of(record)
    except (KeyError, TypeError, ValueError, AttributeError):
        _log.exception("unreadable record of the stream")
        return None


def _reference(record: Event) -> str:
    """The record's place in the stream. Its images hold personal data, which this queue must not keep."""
    return json.dumps({name: record.get(name) for name in ("eventID", "eventSourceARN", "eventName")})


@cache
def own() -> Worker[CountersSettings]:
    return Worker(CountersSettings.from_env())


@cache
def totals() -> UserTotals:
    return UserTotals(own().clients, own().settings.tables["operations"])


@cache
def dead_letters() -> DeadLetterWriter:
    return SqsDeadLetterWriter(own().clients, own().settings.counters_dlq_url)
