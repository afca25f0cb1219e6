"""Imports in the Operations table: all of them in one partition, newest last by their ids; the rejected rows of
each, and its warnings, in partitions of their own, by line. All end after 90 days, as the raw files do."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from app.aws.errors import ConditionFailed, map_aws_errors
from app.aws.retries import retry_on_conflict
from app.errors import InvalidCursor
from app.models.imports import IMPORT_LEASE, Import, ImportProgress, ImportStatus, Reject, RowWarning
from app.models.moments import now
from app.models.pages import Page, Position
from app.repositories.dynamodb.attributes import (
    Item,
    boolean,
    instant,
    number,
    string,
    to_instant,
    to_number,
    to_optional_instant,
    to_string,
)
from app.repositories.dynamodb.batches import write_all
from app.repositories.dynamodb.operations_table import OperationsTable
from app.repositories.dynamodb.values import from_attribute, to_attribute

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import WriteRequestTypeDef

_KEPT = timedelta(days=90)
_ALL = "imports"


class DynamoImports(OperationsTable):
    """The `ImportRepository`."""

    def create(self, record: Import) -> bool:
        return self._stored(_item(record), _NEW)

    def announce(self, record: Import) -> bool:
        item = _item(record)
        same = "mapping = :mapping" if "mapping" in item else "attribute_not_exists(mapping)"
        return self._stored(item, f"{_NEW} OR (attribute_not_exists(event) AND {same})")

    def _stored(self, item: Item, condition: str) -> bool:
        try:
            retry_on_conflict(lambda: self._put(item, condition))
        except ConditionFailed:
            return False
        return True

    def _put(self, item: Item, condition: str) -> None:
        values: Any = {"ExpressionAttributeValues": {":mapping": item["mapping"]}} if ":" in condition else {}
        with map_aws_errors():
            self._dynamodb.put_item(TableName=self._table, Item=item, ConditionExpression=condition, **values)

    def get(self, import_id: str) -> Import | None:
        with map_aws_errors():
            answer = self._dynamodb.get_item(TableName=self._table, Key=_key(import_id), ConsistentRead=True)
        return _import(answer["Item"]) if "Item" in answer else None

    def begin(self, import_id: str, event: str) -> Import | None:
        changes = {"event": string(event), "status": string("running"), **_lease()}
        return self._update(import_id, changes, "attribute_exists(pk) AND attribute_not_exists(#event)")

    def advance(self, import_id: str, progress: ImportProgress) -> None:
        self._update(
            import_id, {**_progress_item(progress), **_lease()}, _RUNNING + " AND #offset <= :offset"
        )

    def finish(
        self,
        import_id: str,
        status: ImportStatus,
        *,
        reason: str | None = None,
        line: int | None = None,
        detail: str | None = None,
    ) -> Import | None:
        changes: dict[str, Item] = {"status": string(status), "finishedAt": instant(now())}
        if reason is not None:
            changes["reason"] = string(reason)
        if line is not None:
            changes["reasonLine"] = number(line)
        if detail is not None:
            changes["reasonDetail"] = string(detail)
        return self._update(import_id, changes, _RUNNING)

    def link(self, import_id: str, run_id: str) -> None:
        self._update(import_id, {"runId": string(run_id)}, "attribute_exists(#status)")

    def _update(self, import_id: str, changes: Mapping[str, Item], condition: str) -> Import | None:
        """Set attributes; `None` when the condition does not hold."""
        try:
            return _import(retry_on_conflict(lambda: self._try_update(import_id, changes, condition)))
        except ConditionFailed:
            return None

    def _try_update(self, import_id: str, changes: Mapping[str, Item], condition: str) -> Item:
        names = {f"#{name}": name for name in (*changes, "status")}
        values = {f":{name}": value for name, value in changes.items()}
        if ":running" in condition:
            values[":running"] = string("running")
        with map_aws_errors():
            answer = self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(import_id),
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in changes),
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
            )
        return answer["Attributes"]

    def add_rejects(self, import_id: str, rejects: Sequence[Reject]) -> None:
        ttl = _ttl()
        requests = [{"PutRequest": {"Item": _reject_item(import_id, r, ttl)}} for r in rejects]
        write_all(self._dynamodb, self._table, cast("list[WriteRequestTypeDef]", requests))

    def add_warnings(self, import_id: str, warnings: Sequence[RowWarning]) -> None:
        ttl = _ttl()
        numbers: Counter[int] = Counter()
        requests = []
        for warning in warnings:
            item = _warning_item(import_id, warning, numbers[warning.line], ttl)
            requests.append({"PutRequest": {"Item": item}})
            numbers[warning.line] += 1
        write_all(self._dynamodb, self._table, cast("list[WriteRequestTypeDef]", requests))

    def warnings(self, import_id: str, *, limit: int, position: Position | None = None) -> Page[RowWarning]:
        items, after = self._page(_warnings(import_id), limit, position, forward=True)
        return Page(tuple(_warning(item) for item in items), after)

    def rejects(self, import_id: str, *, limit: int, position: Position | None = None) -> Page[Reject]:
        items, after = self._page(f"import#{import_id}", limit, position, forward=True)
        return Page(tuple(_reject(item) for item in items), after)

    def list(self, *, limit: int, position: Position | None = None) -> Page[Import]:
        items, after = self._page(_ALL, limit, position, forward=False)
        return Page(tuple(_import(item) for item in items), after)

    def _page(
        self, partition: str, limit: int, position: Position | None, *, forward: bool
    ) -> tuple[Sequence[Item], Position | None]:
        start: Any = {} if position is None else {"ExclusiveStartKey": _start(partition, position)}
        with map_aws_errors():
            answer = self._dynamodb.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": string(partition)},
                ScanIndexForward=forward,
                Limit=limit,
                ConsistentRead=True,
                **start,
            )
        last = answer.get("LastEvaluatedKey")
        return answer["Items"], Position(last["sk"]["S"]) if last else None


_NEW = "attribute_not_exists(pk)"
_RUNNING = "#status = :running"


def _start(partition: str, position: Position) -> Item:
    if not position or len(position) > 64:
        raise InvalidCursor
    return {"pk": string(partition), "sk": string(position)}


def _warnings(import_id: str) -> str:
    return f"import#{import_id}#warnings"


def _ttl() -> Item:
    return number(int(time.time() + _KEPT.total_seconds()))


def _key(import_id: str) -> Item:
    return {"pk": string(_ALL), "sk": string(import_id)}


def _item(record: Import) -> Item:
    optional = {
        "contentType": record.content_type,
        "event": record.event,
        "startedBy": record.started_by,
        "reportTo": record.report_to,
        "locale": record.locale,
        "runId": record.run_id,
        "previewOf": record.preview_of,
    }
    return {
        **_key(record.id),
        "name": string(record.name),
        "status": string(record.status),
        "createdAt": instant(record.created_at),
        "ttl": _ttl(),
        **_progress_item(record.progress),
        **(_lease() if record.status == "running" else _given_lease(record)),
        **({"dryRun": boolean(True)} if record.dry_run else {}),
        **({"mapping": to_attribute(record.mapping)} if record.mapping else {}),
        **({} if record.size is None else {"size": number(record.size)}),
        **{name: string(value) for name, value in optional.items() if value is not None},
    }


def _lease() -> dict[str, Item]:
    return {"leaseUntil": instant(now() + IMPORT_LEASE)}


def _given_lease(record: Import) -> dict[str, Item]:
    return {} if record.lease_until is None else {"leaseUntil": instant(record.lease_until)}


def _progress_item(progress: ImportProgress) -> dict[str, Item]:
    return {
        "offset": number(progress.offset),
        "line": number(progress.line),
        "rows": number(progress.rows),
        "accepted": number(progress.accepted),
        "warnings": number(progress.warnings),
        "checked": boolean(progress.checked),
    }


def _import(item: Item) -> Import:
    return Import(
        id=item["sk"]["S"],
        name=item["name"]["S"],
        content_type=to_string(item, "contentType"),
        size=to_number(item, "size") if "size" in item else None,
        status=cast("ImportStatus", item["status"]["S"]),
        event=to_string(item, "event"),
        progress=_progress(item),
        reason=to_string(item, "reason"),
        reason_line=to_number(item, "reasonLine") if "reasonLine" in item else None,
        reason_detail=to_string(item, "reasonDetail"),
        started_by=to_string(item, "startedBy"),
        report_to=to_string(item, "reportTo"),
        locale=to_string(item, "locale"),
        created_at=to_instant(item, "createdAt"),
        finished_at=to_optional_instant(item, "finishedAt"),
        lease_until=to_optional_instant(item, "leaseUntil"),
        dry_run="dryRun" in item,
        run_id=to_string(item, "runId"),
        preview_of=to_string(item, "previewOf"),
        mapping=from_attribute(item["mapping"]) if "mapping" in item else {},
    )


def _progress(item: Item) -> ImportProgress:
    return ImportProgress(
        offset=to_number(item, "offset"),
        line=to_number(item, "line"),
        rows=to_number(item, "rows"),
        accepted=to_number(item, "accepted"),
        warnings=to_number(item, "warnings") if "warnings" in item else 0,
        checked=bool(item["checked"]["BOOL"]),
    )


def _reject_item(import_id: str, reject: Reject, ttl: Item) -> Item:
    return {
        "pk": string(f"import#{import_id}"),
        "sk": string(f"{reject.line:010d}"),
        "reason": string(reject.reason),
        "ttl": ttl,
        **({} if reject.field is None else {"field": string(reject.field)}),
    }


def _reject(item: Item) -> Reject:
    return Reject(int(item["sk"]["S"]), to_string(item, "field"), item["reason"]["S"])


def _warning_item(import_id: str, warning: RowWarning, index: int, ttl: Item) -> Item:
    """`index` tells the warnings of one line apart: repeated after an interruption, it is the same."""
    return {
        "pk": string(_warnings(import_id)),
        "sk": string(f"{warning.line:010d}#{index:04d}"),
        "field": string(warning.field),
        "reason": string(warning.reason),
        "ttl": ttl,
    }


def _warning(item: Item) -> RowWarning:
    return RowWarning(int(item["sk"]["S"].partition("#")[0]), item["field"]["S"], item["reason"]["S"])
