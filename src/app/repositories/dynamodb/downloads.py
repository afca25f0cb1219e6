"""Downloads in DynamoDB: an item a user and day, in the user's partition of the Operations table."""

from datetime import UTC, date, datetime, time, timedelta

from app.aws.errors import ConditionFailed, map_aws_errors
from app.repositories.dynamodb.attributes import number, string
from app.repositories.dynamodb.operations_table import OperationsTable

_KEPT = timedelta(days=2)


class DynamoDownloads(OperationsTable):
    """The `DownloadRepository` over the Operations table."""

    def take(self, user_id: str, day: date, size: int, limit: int) -> bool:
        ends = datetime.combine(day + _KEPT, time(), UTC)
        try:
            with map_aws_errors():
                self._dynamodb.update_item(
                    TableName=self._table,
                    Key={"pk": string(f"user#{user_id}"), "sk": string(f"downloads#{day.isoformat()}")},
                    UpdateExpression="SET #ttl = :ttl ADD #bytes :size",
                    ConditionExpression="attribute_not_exists(#bytes) OR #bytes <= :left",
                    ExpressionAttributeNames={"#ttl": "ttl", "#bytes": "bytes"},
                    ExpressionAttributeValues={
                        ":ttl": number(int(ends.timestamp())),
                        ":size": number(size),
                        ":left": number(limit - size),
                    },
                )
        except ConditionFailed:
            return False
        return True
