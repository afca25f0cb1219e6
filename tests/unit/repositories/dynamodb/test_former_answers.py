"""An answer that an earlier release has kept is replayed by this one."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from app.ports.idempotency import OperationRecord, StoredAnswer
from app.repositories.dynamodb.idempotency import DynamoOperations
from support.storage import settings_for

TODO = '{"id":"t1","title":"Milk"}'


def operations_with(body: str) -> DynamoOperations:
    """The table holds an answer as it was kept: the status, the header fields and the body."""
    answer = {"status": {"N": "201"}, "headers": {"M": {"ETag": {"S": '"1"'}}}, "body": {"S": body}}
    held = {"fingerprint": {"S": "print"}, "owner": {"S": "first"}, "answer": {"M": answer}}
    error: Any = {"Error": {"Code": "ConditionalCheckFailedException"}, "Item": held}

    def put_item(**_request: Any) -> None:
        raise ClientError(error, "PutItem")

    clients: Any = SimpleNamespace(dynamodb=SimpleNamespace(put_item=put_item))
    return DynamoOperations(clients, settings_for(None).tables["operations"])


@pytest.mark.parametrize(("body", "replayed"), [(TODO, TODO), ("f1", json.dumps({"id": "f1"}))])
def test_a_former_answer_is_read(body: str, replayed: str) -> None:
    held = operations_with(body).claim("ann", "key", "print", owner="second", resource_id="r")

    assert held == OperationRecord("print", StoredAnswer(replayed))
