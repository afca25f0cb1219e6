"""The commands find the database of a stage by the names that the template gives."""

import pytest

from app.config.reader import AuroraCluster
from operations.databases import postgres_of
from operations.moving.closing import STAYS_OPEN
from project import paths, template

TEMPLATE = template.load(paths.TEMPLATE)
OUTPUTS = {"DatabaseClusterArn": "arn:cluster", "DatabaseSecretArn": "arn:secret", "UsersTableName": "users"}


def test_the_outputs_of_a_stage_with_aurora_name_its_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    name = TEMPLATE["Resources"]["DatabaseCluster"]["Properties"]["DatabaseName"]

    assert postgres_of(OUTPUTS) == AuroraCluster("arn:cluster", "arn:secret", name)
    assert OUTPUTS.keys() <= TEMPLATE["Outputs"].keys()
    assert postgres_of({"UsersTableName": "users"}) is None


def test_another_postgresql_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/app")

    assert postgres_of(OUTPUTS) == postgres_of({}) == "postgresql://elsewhere/app"


def test_what_stays_open_is_a_function_of_the_template() -> None:
    functions = {
        name for name, one in TEMPLATE["Resources"].items() if one["Type"] == "AWS::Serverless::Function"
    }

    assert functions > STAYS_OPEN
