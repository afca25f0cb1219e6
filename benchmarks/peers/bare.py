"""A: one function with boto3 and nothing else. It trusts the gateway's authorizer and validates nothing."""

import json
import uuid

import boto3

TABLE = "todos"
_dynamodb = boto3.client("dynamodb")


def handler(event, _context):
    user_id = event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"]
    method, path = event["requestContext"]["http"]["method"], event["rawPath"]
    if method == "GET":
        return answer(200, {"items": [plain(item) for item in listed(user_id)]})
    if method == "POST":
        item = {"userId": user_id, "todoId": str(uuid.uuid4()), **json.loads(event["body"])}
        _dynamodb.put_item(TableName=TABLE, Item={name: {"S": str(value)} for name, value in item.items()})
        return answer(201, item)
    title = json.loads(event["body"])["title"]
    changed = _dynamodb.update_item(
        TableName=TABLE,
        Key={"userId": {"S": user_id}, "todoId": {"S": path.rpartition("/")[2]}},
        UpdateExpression="SET title = :title",
        ExpressionAttributeValues={":title": {"S": title}},
        ReturnValues="ALL_NEW",
    )
    return answer(200, plain(changed["Attributes"]))


def listed(user_id):
    return _dynamodb.query(
        TableName=TABLE,
        IndexName="byCreated",
        KeyConditionExpression="userId = :user",
        ExpressionAttributeValues={":user": {"S": user_id}},
        Limit=50,
        ConsistentRead=True,
    )["Items"]


def plain(item):
    return {name: next(iter(value.values())) for name, value in item.items()}


def answer(status, body):
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body),
    }
