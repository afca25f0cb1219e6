"""The stand-in of AWS in the process of a test takes one call at a time, whatever the code under test does."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from moto.core.botocore_stubber import BotocoreStubber

from app.config.api import Settings
from support.aws_in_process import aws_in_process
from support.clients import clients_for


def test_calls_of_several_threads_take_turns(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    under_way: list[int] = [0]
    seen: set[int] = set()
    answer = BotocoreStubber.process_request

    def watched(stubber: BotocoreStubber, request: Any) -> Any:
        under_way[0] += 1
        seen.add(under_way[0])
        time.sleep(0.005)
        try:
            return answer(stubber, request)
        finally:
            under_way[0] -= 1

    monkeypatch.setattr(BotocoreStubber, "process_request", watched)
    with aws_in_process(), ThreadPoolExecutor(4) as threads:
        dynamodb = clients_for(settings).dynamodb
        list(threads.map(lambda _: dynamodb.list_tables(), range(12)))

    assert seen == {1}


def test_a_transaction_that_fails_leaves_all_as_it_was(settings: Settings) -> None:
    """An update, a new item and a deletion, and in the end a condition that does not hold."""
    with aws_in_process():
        dynamodb = clients_for(settings).dynamodb
        dynamodb.create_table(
            TableName="pets",
            KeySchema=[
                {"AttributeName": "owner", "KeyType": "HASH"},
                {"AttributeName": "name", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "owner", "AttributeType": "S"},
                {"AttributeName": "name", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        for name in ("Rex", "Tom"):
            dynamodb.put_item(TableName="pets", Item=key_of(name) | {"age": {"N": "1"}})
        before = dynamodb.scan(TableName="pets")["Items"]
        grown: Any = {
            "UpdateExpression": "SET age = :age",
            "ExpressionAttributeValues": {":age": {"N": "2"}},
            "Key": key_of("Rex"),
        }
        actions: list[Any] = [
            {"Update": {"TableName": "pets", **grown}},
            {"Put": {"TableName": "pets", "Item": key_of("Ann")}},
            {"Delete": {"TableName": "pets", "Key": key_of("Tom")}},
        ]
        absent = {"TableName": "pets", "Key": key_of("Bo"), "ConditionExpression": "attribute_exists(age)"}

        with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
            dynamodb.transact_write_items(TransactItems=[*actions, {"ConditionCheck": absent}])

        assert dynamodb.scan(TableName="pets")["Items"] == before
        dynamodb.transact_write_items(TransactItems=actions)
        assert {item["name"]["S"] for item in dynamodb.scan(TableName="pets")["Items"]} == {"Rex", "Ann"}


def key_of(name: str) -> Any:
    return {"owner": {"S": "ada"}, "name": {"S": name}}


def test_what_a_stand_in_knows_of_servers_reaches_no_client(settings: Settings) -> None:
    """Else a test could call what AWS does not have."""
    with aws_in_process():
        clients_for(settings).s3.list_buckets()

        assert not hasattr(clients_for(settings).s3, "post_object")
