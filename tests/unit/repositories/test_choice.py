"""`DATABASE` chooses the storage engine in one place, for the API and for the workers."""

import os
import subprocess
import sys

import pytest

from app.aws.clients import Clients
from app.config.api import Settings
from app.config.email_consumer import EmailConsumerSettings
from app.config.ingest import IngestSettings
from app.config.sign_up import SignupSettings
from app.repositories import storage_of
from app.repositories.dynamodb.storage import DynamoStorage
from app.repositories.postgres.storage import PostgresStorage
from support.environment import ENVIRONMENT

POSTGRES = {**ENVIRONMENT, "DATABASE": "postgres", "DATABASE_URL": "postgresql://127.0.0.1:1/app"}
AURORA = {
    **ENVIRONMENT,
    "DATABASE": "aurora",
    "DATABASE_CLUSTER_ARN": "arn:aws:rds:eu-west-1:123456789012:cluster:app",
    "DATABASE_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:app",
    "DATABASE_NAME": "app",
}
OF_EITHER = [Settings, SignupSettings, IngestSettings]
CLIENTS = Clients("us-east-1", None)


@pytest.mark.parametrize("kind", [*OF_EITHER, EmailConsumerSettings])
def test_dynamodb_is_the_engine_unless_another_is_chosen(kind):
    assert type(storage_of(CLIENTS, kind.from_env(ENVIRONMENT))) is DynamoStorage


@pytest.mark.parametrize("kind", OF_EITHER)
@pytest.mark.parametrize("env", [POSTGRES, AURORA])
def test_postgresql_is_the_engine_where_it_is_chosen(kind, env):
    storage = storage_of(CLIENTS, kind.from_env(env))

    assert type(storage) is PostgresStorage
    assert type(storage.users).__name__ == "PostgresUsers"
    assert type(storage.user_data).__name__ == "DynamoUserData"


def test_a_repository_that_cannot_be_built_is_not_replaced_by_the_other_engines(monkeypatch):
    def broken(*_, **__):
        raise AttributeError("quota")

    monkeypatch.setattr("app.repositories.postgres.todos.PostgresTodos", broken)
    storage = storage_of(CLIENTS, Settings.from_env(POSTGRES))

    with pytest.raises(AttributeError, match="todos could not be built"):
        _ = storage.todos


WORKERS = {
    "email_consumer": "f.batch(), f.suppression()",
    "ingest": "f.worker()",
    "user_signup": "f.own().storage.users, f.own().storage.user_data, f.own().storage.erasures",
}


@pytest.mark.parametrize("database", ["dynamodb", "postgres", "aurora"])
@pytest.mark.parametrize("worker", WORKERS)
def test_a_worker_imports_the_repositories_of_its_engine_only(worker, database):
    code = f"import sys, app.entrypoints.{worker} as f\n{WORKERS[worker]}\nprint(*sys.modules)"
    env = {**os.environ, **POSTGRES, **AURORA, "DATABASE": database, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    loaded = set(done.stdout.split())
    chosen = database != "dynamodb" and worker != "email_consumer"
    assert ("app.repositories.postgres.users" in loaded) == chosen
    assert ("psycopg" in loaded) == (chosen and database == "postgres")
    assert ("app.repositories.dynamodb.users" in loaded) == (not chosen and worker != "email_consumer")
