"""A consumer of the mail queue with boto3 and nothing else: sends each mail once, and reports what failed."""

import json

import boto3

_dynamodb = boto3.client("dynamodb")
_ses = boto3.client("sesv2")


def handler(event, _context):
    failed = [record["messageId"] for record in event["Records"] if not sent(json.loads(record["body"]))]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def sent(mail):
    try:
        _dynamodb.put_item(
            TableName="operations",
            Item={"pk": {"S": mail["id"]}, "sk": {"S": "mail"}},
            ConditionExpression="attribute_not_exists(pk)",
        )
    except _dynamodb.exceptions.ConditionalCheckFailedException:
        return True
    _ses.send_email(
        FromEmailAddress="no-reply@example.com",
        Destination={"ToAddresses": [mail["to"]]},
        Content={
            "Simple": {
                "Subject": {"Data": "Welcome!"},
                "Body": {"Text": {"Data": f"Hello {mail['data']['name']},\n\nwelcome."}},
            }
        },
    )
    return True
