"""The parameters that a release passes to CloudFormation: kept, changed, and restored after a failure."""

import io
import json
from types import SimpleNamespace
from typing import Any

import pytest

from operations import stacks
from operations.release import flow
from operations.release.delivery import Delivery
from operations.stages import Stage
from project import paths
from project.errors import StackError

STAGE = Stage("test", "app-test", {"Stage": "test"}, {"Stage": "test", "Team": "new"})
THROUGH = Delivery("templates", "arn:aws:iam::000000000000:role/deploy")
TEMPLATE = """
Parameters:
  Stage: { Type: String }
  ImageUri: { Type: String }
  Mail: { Type: String, Default: nobody@example.com }
  Url: { Type: String, NoEcho: true, Default: "" }
  New: { Type: String, Default: "" }
"""
NOTE = {"template": "before", "parameters": {"Stage": "test", "Url": None}, "tags": {"Team": "old"}}


class Account:
    """Stands for CloudFormation and S3: a stack without a site, and what was applied to it."""

    def __init__(self, status: str) -> None:
        given = {"Stage": "test", "ImageUri": "app@sha256:1", "Mail": "ops@example.com", "Gone": "1"}
        self.stack = stacks.Stack("app-test", status, "", given, frozenset({"Url"}), {}, {"Team": "old"})
        self.applied: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.kept: dict[str, bytes] = {}
        self.region = "us-east-1"

    def client(self, _name: str) -> Any:
        return SimpleNamespace(
            put_object=lambda **put: self.kept.update({put["Key"]: put["Body"]}),
            get_object=lambda **get: {"Body": io.BytesIO(self.kept[get["Key"]])},
            exceptions=SimpleNamespace(NoSuchKey=KeyError),
        )

    def snapshot(self, _name: str) -> dict[str, Any] | None:
        return NOTE if self.stack.ever_worked else None

    def apply(self, _name: str, body: str, parameters: dict[str, Any], tags: dict[str, str]) -> bool:
        self.applied.append((body, parameters, tags))
        return True


@pytest.fixture
def release(monkeypatch, tmp_path):
    """Makes a release of a stack that has this status."""
    body = tmp_path / "template.yaml"
    body.write_text(TEMPLATE)
    monkeypatch.setattr(paths, "TEMPLATE", body)

    def release(status: str = "UPDATE_COMPLETE") -> tuple[Account, flow.Release]:
        account = Account(status)
        monkeypatch.setattr(flow, "Changes", lambda *_args, **_options: account)
        monkeypatch.setattr(stacks, "describe", lambda *_: account.stack)
        return account, flow.Release(account, STAGE, THROUGH)

    return release


def fail(_stack: stacks.Stack) -> None:
    raise StackError("2 of the checks failed")


def test_a_parameter_without_echo_is_kept_like_one_that_samconfig_leaves_open(release):
    account, new = release()

    new.run("app@sha256:2", lambda _stack: None)

    kept = {"Mail": None, "Url": None}  # null: the value that is there
    expected = {"Stage": "test", "ImageUri": "app@sha256:2", **kept}
    assert account.applied == [(TEMPLATE, expected, STAGE.tags)]


@pytest.mark.parametrize(
    "status", ["REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"]
)
def test_a_stack_that_never_worked_has_no_values_to_keep(release, status):
    """CloudFormation refuses to create a stack with the previous values of its parameters."""
    account, new = release(status)

    new.run("app@sha256:2", lambda _stack: None)

    assert account.applied == [(TEMPLATE, {"Stage": "test", "ImageUri": "app@sha256:2"}, STAGE.tags)]


def test_what_fails_goes_back_to_its_own_template_parameters_and_tags(release):
    account, new = release()

    with pytest.raises(StackError, match="2 of the checks failed"):
        new.run("app@sha256:2", fail)

    assert account.applied[1:] == [("before", NOTE["parameters"], {"Team": "old"})]


def test_what_was_noted_is_what_a_person_goes_back_to(release):
    account, new = release()
    new.run("app@sha256:2", lambda _stack: None)

    release_of_another_day = flow.Release(account, STAGE, THROUGH)
    release_of_another_day.rollback()

    assert json.loads(account.kept["notes/app-test.json"]) == {"stack": NOTE, "files": None}
    assert account.applied[1:] == [("before", NOTE["parameters"], {"Team": "old"})]


def test_a_first_release_that_fails_changes_nothing_more(release, capsys):
    account, new = release("CREATE_FAILED")

    with pytest.raises(StackError):
        new.run("app@sha256:2", fail)

    assert len(account.applied) == 1
    assert "app-test was not there before: it is left to be looked at" in capsys.readouterr().out
