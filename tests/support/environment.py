"""An environment that is complete and leads nowhere: for tests that reach no service."""

import re

from project.paths import TEMPLATE

TABLES = dict(re.findall(r"^ +([A-Z_]+_TABLE): .*!Ref (\w+)\]?$", TEMPLATE.read_text(), re.MULTILINE))
"""The variable of each table, with the table's logical id in the template: `USER_DATA_TABLE`, `UserDataTable`.
Of a condition it is the last one: what a new stage has."""

ENVIRONMENT = {
    **TABLES,
    "STAGE": "local",
    "STACK_NAME": "unit",
    "AWS_REGION": "us-east-1",
    "USER_POOL_ID": "us-east-1_unit",
    "USER_POOL_CLIENT_ID": "client",
    "USER_POOL_SITE_CLIENT_ID": "site-client",
    "DATA_BUCKET": "data",
    "INGEST_BUCKET": "ingest",
    "EMAIL_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/000000000000/email",
    "EMAIL_DLQ_URL": "https://sqs.us-east-1.amazonaws.com/000000000000/email-dlq",
    "COUNTERS_DLQ_URL": "https://sqs.us-east-1.amazonaws.com/000000000000/counters-dlq",
    "INGEST_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/000000000000/ingest",
    "INGEST_DLQ_URL": "https://sqs.us-east-1.amazonaws.com/000000000000/ingest-dlq",
    "IDENTITY_POOL_ID": "us-east-1:00000000-0000-0000-0000-000000000000",
    "SITE_URL": "https://todo.example",
    "MAIL_FROM": "no-reply@example.com",
    "MAIL_CONFIGURATION_SET": "mail",
    "ALARM_PREFIX": "app",
    "DATABASE_CLUSTER_ARN": "arn:aws:rds:us-east-1:000000000000:cluster:app",
    "DATABASE_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:000000000000:secret:database",
    "DATABASE_NAME": "app",
    "SETTINGS_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:000000000000:secret:settings",
    "EGRESS_ORIGINS": "https://cognito-idp.us-east-1.amazonaws.com",
    "LIMITS": "off",
    "CORS_ORIGINS": "https://app.example.com",
}
