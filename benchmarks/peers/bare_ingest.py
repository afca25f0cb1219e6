"""An ingest of CSV files from S3 with boto3 and nothing else: each row becomes an item, and none is checked."""

import csv
import io
import json

import boto3

_dynamodb = boto3.client("dynamodb")
_s3 = boto3.client("s3")


def handler(event, _context):
    for record in event["Records"]:
        for notification in json.loads(record["body"])["Records"]:
            ingest(notification["s3"]["bucket"]["name"], notification["s3"]["object"]["key"])
    return {"batchItemFailures": []}


def ingest(bucket, key):
    text = _s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    for begin in range(0, len(rows), 25):
        items = [{name: {"S": value} for name, value in row.items()} for row in rows[begin : begin + 25]]
        _dynamodb.batch_write_item(
            RequestItems={"user-data": [{"PutRequest": {"Item": item}} for item in items]}
        )
