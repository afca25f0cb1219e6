"""Write `openapi.json`, the committed contract of the API: `python -m project.openapi`."""

import json
from pathlib import Path

from app.config import Settings
from app.main import create_app

_ENVIRONMENT = {
    "STAGE": "local",
    "STACK_NAME": "contract",
    "AWS_REGION": "us-east-1",
    "USER_POOL_ID": "us-east-1_contract",
    "USER_POOL_CLIENT_ID": "contract",
    "TODOS_TABLE": "todos",
    "USERS_TABLE": "users",
    "OPERATIONS_TABLE": "operations",
    "FILES_TABLE": "files",
    "USER_DATA_TABLE": "user-data",
    "DATA_BUCKET": "data",
    "INGEST_BUCKET": "ingest",
    "EMAIL_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/000000000000/email",
    "EMAIL_DLQ_URL": "https://sqs.us-east-1.amazonaws.com/000000000000/email-dlq",
    "INGEST_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/000000000000/ingest",
    "INGEST_DLQ_URL": "https://sqs.us-east-1.amazonaws.com/000000000000/ingest-dlq",
    "IDENTITY_POOL_ID": "us-east-1:00000000-0000-0000-0000-000000000000",
    "ALARM_PREFIX": "app",
    "SETTINGS_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:000000000000:secret:contract",
}


def render() -> str:
    """The contract as it is committed. It does not depend on the deployment."""
    app = create_app(Settings.from_env(_ENVIRONMENT))
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path("openapi.json").write_text(render(), encoding="utf-8")
