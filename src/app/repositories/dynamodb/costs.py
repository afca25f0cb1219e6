"""The last known costs in DynamoDB: one item, which also says when they may be asked for again."""

from app.aws.errors import ConditionFailed, map_aws_errors
from app.repositories.dynamodb.attributes import Item, number, string, to_string
from app.repositories.dynamodb.operations_table import OperationsTable

_KEY: Item = {"pk": string("costs"), "sk": string("latest")}


class DynamoCosts(OperationsTable):
    """The `CostRepository` over the Operations table."""

    def read(self) -> str | None:
        with map_aws_errors():
            answer = self._dynamodb.get_item(TableName=self._table, Key=_KEY, ConsistentRead=True)
        return to_string(answer.get("Item", {}), "report")

    def claim(self, *, now: int, until: int) -> bool:
        try:
            with map_aws_errors():
                self._dynamodb.update_item(
                    TableName=self._table,
                    Key=_KEY,
                    UpdateExpression="SET askAgainAt = :until",
                    ConditionExpression="attribute_not_exists(askAgainAt) OR askAgainAt <= :now",
                    ExpressionAttributeValues={":now": number(now), ":until": number(until)},
                )
        except ConditionFailed:
            return False
        return True

    def keep(self, report: str, *, until: int) -> None:
        with map_aws_errors():
            self._dynamodb.put_item(
                TableName=self._table,
                Item={**_KEY, "report": string(report), "askAgainAt": number(until)},
            )
