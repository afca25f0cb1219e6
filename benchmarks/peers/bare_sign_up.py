"""A post-confirmation trigger with boto3 and nothing else: records the user, and queues the welcome."""

import json
import os

import boto3

_dynamodb = boto3.client("dynamodb")
_sqs = boto3.client("sqs")


def handler(event, _context):
    attributes = event["request"]["userAttributes"]
    mail = {"kind": "welcome", "to": attributes["email"], "id": attributes["sub"]}
    _sqs.send_message(QueueUrl=os.environ["EMAIL_QUEUE_URL"], MessageBody=json.dumps(mail))
    _dynamodb.put_item(
        TableName="users",
        Item={"userId": {"S": attributes["sub"]}, "email": {"S": attributes["email"]}},
        ConditionExpression="attribute_not_exists(userId)",
    )
    return event
