"""Reasons that keep a stage from being deleted, and findings that must be reported."""

from types import SimpleNamespace
from typing import Any

import pytest

from operations import destroy as destroying
from operations import stacks
from project.errors import StackError

NAMES = {"AWS::DynamoDB::Table": "todos", "AWS::Cognito::UserPool": "pool", "AWS::S3::Bucket": "data"}


class Cloud:
    """A stack with a table, a user pool, and a bucket of three objects on two pages."""

    region = "eu-central-1"

    def __init__(self, **answers: Any) -> None:
        self.answers = {
            "describe_table": {"Table": {}},
            "describe_user_pool": {"UserPool": {"DeletionProtection": "INACTIVE"}},
            "delete_objects": {},
            **answers,
        }

    def account(self) -> str:
        return "1"

    def client(self, _name: str) -> Any:
        calls = {name: lambda answer=answer, **_: answer for name, answer in self.answers.items()}
        return SimpleNamespace(get_paginator=self.pages, **calls)

    def pages(self, name: str) -> Any:
        versions = [{"Key": key, "VersionId": "1"} for key in "abc"]
        pages = [{"Versions": versions[:2]}, {"Versions": versions[2:]}]
        return SimpleNamespace(paginate=lambda **_: pages if name == "list_object_versions" else [])


@pytest.fixture(autouse=True)
def stack(monkeypatch):
    monkeypatch.setattr(stacks, "existing", lambda *_: None)
    monkeypatch.setattr(stacks, "template", lambda *_: {"Resources": {}})
    monkeypatch.setattr(stacks, "resources", lambda _client, _stack, kind: {"Any": NAMES[kind]})


@pytest.mark.parametrize(
    ("answers", "protected"),
    [
        ({"describe_table": {"Table": {"DeletionProtectionEnabled": True}}}, "todos"),
        ({"describe_user_pool": {"UserPool": {"DeletionProtection": "ACTIVE"}}}, "pool"),
    ],
)
def test_a_protected_table_and_a_protected_user_pool_are_refused(answers, protected):
    with pytest.raises(StackError, match=rf"protected against deletion: {protected}\."):
        destroying.destroy(Cloud(**answers), "doomed", ask=lambda _: pytest.fail("asked"))


def test_what_s3_does_not_delete_is_said(capsys):
    errors = [{"Key": "b", "Code": "AccessDenied"}]

    with pytest.raises(StackError, match="data: b: AccessDenied"):
        destroying.destroy(Cloud(delete_objects={"Errors": errors}), "doomed", ask=lambda _: "doomed")

    assert "Emptied" not in capsys.readouterr().out


def test_it_counts_what_it_deletes_on_every_page(capsys):
    destroying.destroy(Cloud(), "doomed", ask=lambda _: "doomed")

    assert "Emptied data: 3 objects" in capsys.readouterr().out


def test_the_stack_goes_after_its_buckets_are_empty(monkeypatch):
    done = []
    monkeypatch.setattr("sys.argv", ["destroy", "--stage", "dev"])
    monkeypatch.setattr(destroying.shutil, "which", lambda _: "sam")
    monkeypatch.setattr(destroying, "Cloud", Cloud)
    monkeypatch.setattr(destroying, "destroy", lambda *_: done.append("emptied"))
    monkeypatch.setattr(destroying, "_delete", lambda *_: done.append("deleted"))

    destroying.main()

    assert done == ["emptied", "deleted"]
