"""Snapshots of the emulator's services, which change while they are saved."""

import json

import pytest

from devstack.emulator import saver
from devstack.emulator.saver import Snapshots


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(saver, "_PAUSE", 0)


class Changing:
    """Cannot be copied so many times."""

    def __init__(self, times: int) -> None:
        self.left = times

    def __call__(self) -> dict[str, int]:
        if self.left:
            self.left -= 1
            raise RuntimeError("dictionary changed size during iteration")
        return {"a": 1}


def payload(folder, name):
    return json.loads((folder / f"{name}.json").read_text())["payload"]


def test_a_service_that_changes_is_tried_again(tmp_path):
    assert Snapshots(tmp_path).save({"sqs": Changing(10)}) == []
    assert payload(tmp_path, "sqs") == {"a": 1}


def test_one_that_changes_all_the_while_is_left_to_the_next_save_and_keeps_no_other_from_it(tmp_path):
    snapshots, busy = Snapshots(tmp_path), Changing(60)

    assert snapshots.save({"sqs": busy, "ses": lambda: {"b": 2}, "none": lambda: None}) == ["sqs"]
    assert payload(tmp_path, "ses") == {"b": 2}
    assert not (tmp_path / "none.json").exists()

    assert snapshots.save({"sqs": busy}) == []
    assert payload(tmp_path, "sqs") == {"a": 1}


def test_what_has_not_changed_is_not_written_again(tmp_path):
    snapshots = Snapshots(tmp_path)
    snapshots.save({"sqs": lambda: {"a": 1}})
    (tmp_path / "sqs.json").unlink()

    snapshots.save({"sqs": lambda: {"a": 1}})
    assert not (tmp_path / "sqs.json").exists()

    snapshots.save({"sqs": lambda: {"a": 2}})
    assert payload(tmp_path, "sqs") == {"a": 2}


@pytest.mark.parametrize(
    ("operation", "changes"),
    [
        ("SignUp", True),
        ("ConfirmSignUp", True),
        ("AdminDeleteUser", True),
        ("ChangePassword", True),
        ("GlobalSignOut", True),
        ("UpdateUserAttributes", True),
        ("InitiateAuth", False),
        ("GetTokensFromRefreshToken", False),
        ("AdminGetUser", False),
        ("ListUsers", False),
    ],
)
def test_a_change_of_a_user_differs_from_a_sign_in_or_a_read(operation, changes):
    target = f"AWSCognitoIdentityProviderService.{operation}".encode()

    assert saver.changes_user({"headers": [(b"host", b"x"), (b"x-amz-target", target)]}) is changes


@pytest.mark.parametrize("headers", [[], [(b"x-amz-target", b"DynamoDB_20120810.PutItem")]])
def test_requests_of_other_services_change_no_user(headers):
    assert saver.changes_user({"headers": headers}) is False
