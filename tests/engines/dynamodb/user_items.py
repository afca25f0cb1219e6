"""How DynamoDB keeps a user."""

from datetime import timedelta

from app.models.moments import now
from app.repositories.dynamodb.storage import DynamoStorage
from contracts.users import new_record


class TestUserItems:
    def test_the_record_names_its_cognito_user_and_is_found_by_email(self, storage: DynamoStorage) -> None:
        user = new_record(created_at=now() - timedelta(days=1))
        storage.users.create(user)

        items = storage.clients.dynamodb.query(
            TableName=storage.tables["users"],
            IndexName="byEmail",
            KeyConditionExpression="email = :email",
            ExpressionAttributeValues={":email": {"S": user.email}},
        )["Items"]

        assert [item["userId"]["S"] for item in items] == [user.id]
        item = storage.clients.dynamodb.get_item(
            TableName=storage.tables["users"], Key={"userId": {"S": user.id}}
        )["Item"]
        assert item["cognitoUserSub"]["S"] == user.id
