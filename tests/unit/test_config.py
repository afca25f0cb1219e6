"""Values that the environment may hold, and those refused before anything is served."""

import pytest

from app.aws.clients import Clients
from app.config.api import Settings
from app.config.email_consumer import EmailConsumerSettings
from app.config.ingest import IngestSettings
from app.config.reader import AuroraCluster, ConfigurationError
from app.config.sign_up import SignupSettings
from app.repositories import storage_of
from support.environment import ENVIRONMENT

AWS = {
    **ENVIRONMENT,
    "STAGE": "prod",
    "USER_POOL_ID": "eu-west-1_abc",
    "AWS_REGION": "eu-west-1",
}


def test_the_issuer_and_its_keys_derive_from_the_pool():
    settings = Settings.from_env(AWS)

    assert settings.token_issuer == "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc"
    assert settings.jwks_url == f"{settings.token_issuer}/.well-known/jwks.json"
    assert settings.redis_url is None
    assert settings.docs_enabled is False
    assert settings.password_complexity
    assert not Settings.from_env({**AWS, "PASSWORD_COMPLEXITY": "off"}).password_complexity
    assert settings.todo_quota == 10_000
    assert Settings.from_env({**AWS, "TODO_QUOTA": "5"}).todo_quota == 5


@pytest.mark.parametrize(
    "name", ["STACK_NAME", "AWS_REGION", "USER_POOL_ID", "USER_POOL_CLIENT_ID", "DATA_BUCKET"]
)
def test_what_is_required_must_be_there(name):
    for missing in ({}, {name: " "}):
        env = {key: value for key, value in AWS.items() if key != name} | missing
        with pytest.raises(ConfigurationError, match=rf"{name} is not set\. On a laptop: `make run`, then"):
            Settings.from_env(env)


@pytest.mark.parametrize("name", ["USERS_TABLE", "FILES_TABLE", "USER_DATA_TABLE", "OPERATIONS_TABLE"])
def test_a_worker_needs_its_tables_at_its_start(name):
    with pytest.raises(ConfigurationError, match=f"{name} is not set"):
        IngestSettings.from_env({**AWS, name: " "})


@pytest.mark.parametrize("kind", [Settings, EmailConsumerSettings])
def test_a_repository_without_its_table_names_the_variable(kind):
    settings = kind.from_env({**AWS, "TODOS_TABLE": " "})
    storage = storage_of(Clients("us-east-1", None), settings)

    assert settings.tables["user_data"] == ENVIRONMENT["USER_DATA_TABLE"]
    with pytest.raises(ConfigurationError, match=r"TODOS_TABLE is not set\. On a laptop: `make run`, then"):
        _ = storage.todos


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STAGE", "production"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"),
        ("JWKS_URL", "http://127.0.0.1:4566/keys"),
        ("REDIS_URL", "redis://cache:6379"),
        ("DATABASE", "sqlite"),
        ("DATABASE", "postgres"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "https://*.example.com"),
        ("CORS_ORIGINS", "https://example.com/path"),
        ("CORS_ORIGINS", "example.com"),
        ("CORS_ORIGINS", "http://example.com"),
        ("DOCS_ENABLED", "yes"),
        ("LOG_LEVEL", "LOUD"),
        ("PASSWORD_COMPLEXITY", "false"),
        ("TODO_QUOTA", "0"),
        ("TODO_QUOTA", "-1"),
        ("TODO_QUOTA", "1e4"),
        ("TODO_QUOTA", "1.5"),
        ("TODO_QUOTA", "٣"),
        ("TODO_QUOTA", "1234567890"),
    ],
)
def test_unsafe_and_misspelt_values_are_refused(name, value):
    with pytest.raises(ConfigurationError, match=name) as refused:
        Settings.from_env({**AWS, name: value})

    assert value not in str(refused.value) or name in ("CORS_ORIGINS", "DATABASE")


@pytest.mark.parametrize(
    ("name", "value"),
    [("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"), ("REDIS_URL", "redis://cache:6379")],
)
def test_ingest_refuses_what_travels_in_clear_too(name, value):
    assert IngestSettings.from_env({**ENVIRONMENT, name: value})
    with pytest.raises(ConfigurationError, match=name):
        IngestSettings.from_env({**AWS, name: value})


CLUSTER = {
    "DATABASE_CLUSTER_ARN": "arn:aws:rds:eu-west-1:123456789012:cluster:app",
    "DATABASE_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:app",
    "DATABASE_NAME": "app",
}


@pytest.mark.parametrize("kind", [Settings, SignupSettings, IngestSettings])
def test_postgresql_is_used_where_it_is_chosen(kind):
    url = {"DATABASE_URL": "postgresql://127.0.0.1/app"}

    for env in ({}, url, CLUSTER, {**url, **CLUSTER, "DATABASE": "dynamodb"}):
        assert kind.from_env({**ENVIRONMENT, **env}).database is None
    assert kind.from_env({**ENVIRONMENT, **url, "DATABASE": "postgres"}).database == url["DATABASE_URL"]


@pytest.mark.parametrize("kind", [Settings, SignupSettings, IngestSettings])
def test_a_cluster_is_used_where_it_is_chosen(kind):
    settings = kind.from_env({**AWS, **CLUSTER, "DATABASE": "aurora"})

    assert settings.database == AuroraCluster(*CLUSTER.values())
    for name in CLUSTER:
        with pytest.raises(ConfigurationError, match=f"{name} is not set"):
            kind.from_env({**AWS, **CLUSTER, "DATABASE": "aurora", name: ""})


@pytest.mark.parametrize("kind", [Settings, SignupSettings, IngestSettings])
@pytest.mark.parametrize("url", ["", "mysql://127.0.0.1/app", "127.0.0.1"])
def test_postgresql_needs_its_url(kind, url):
    with pytest.raises(ConfigurationError, match="DATABASE_URL"):
        kind.from_env({**ENVIRONMENT, "DATABASE": "postgres", "DATABASE_URL": url})


def test_the_laptop_may_use_an_emulator():
    local = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "REDIS_URL": "redis://127.0.0.1:6379"}

    assert Settings.from_env({**ENVIRONMENT, **local}).docs_enabled is True
