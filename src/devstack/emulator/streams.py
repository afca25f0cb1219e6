"""Streams of tables over a restart. MiniStack keeps how far their consumers have come, but not the records.

So after a restart a consumer would wait for as many new records as it had read before. Here the records that are
still to be read are kept, and a consumer begins with them.
"""

from typing import Any

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import dynamodb, lambda_svc

_PENDING = "pending_stream_records"
_POSITIONS = "dynamodb_stream_positions"


def install() -> None:
    """After `items.install`, which replaces the state of DynamoDB."""
    state, restore, lambda_state = (
        dynamodb.get_state,
        dynamodb.load_persisted_state,
        lambda_svc.get_state,
    )

    def with_pending() -> dict[str, Any]:
        return {**state(), _PENDING: pending()}

    def restoring(data: Any) -> None:
        restore(data)
        dynamodb._stream_records.update((data or {}).get(_PENDING, {}))

    def without_positions() -> dict[str, Any]:
        return {**lambda_state(), _POSITIONS: AccountRegionScopedDict()}

    dynamodb.get_state, dynamodb.load_persisted_state = with_pending, restoring
    lambda_svc.get_state = without_positions


def pending() -> Any:
    """The records of each table that a consumer has not read yet. Those of a table without one are not kept."""
    found = AccountRegionScopedDict()
    for (account, region, id_), position in list(lambda_svc._dynamodb_stream_positions.all_items()):
        mapping = lambda_svc._esms.get_scoped(account, region, id_)
        if mapping is None:
            continue
        table = mapping["EventSourceArn"].partition(":table/")[2].partition("/")[0]
        scope = {"account_id": account, "region": region}
        unread = dynamodb.stream_end_position(table, **scope) - position
        records = dynamodb.stream_live_records(table, **scope)[-unread:] if unread > 0 else []
        if len(records) > len(found.get_scoped(account, region, table, [])):
            found.set_scoped(account, region, table, list(records))
    return found
