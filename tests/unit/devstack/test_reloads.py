"""What an edit does to a running stack."""

from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from devstack.api import Api
from devstack.run import Supervisor
from devstack.stack import LocalStack
from project.console import Console
from project.errors import StackError
from project.paths import TEMPLATE

MISSING = ClientError({"Error": {"Code": "ResourceNotFound", "Message": "No table"}}, "DescribeTable")


class Stack:
    """`update` raises what it is given."""

    def __init__(self, *failures: BaseException) -> None:
        self.env = {"TABLE": "first"}
        self.failures = list(failures)
        self.updates = 0

    def update(self) -> bool:
        self.updates += 1
        if self.failures:
            raise self.failures.pop(0)
        return False


class Served:
    """The API: with which environment it was started."""

    def __init__(self) -> None:
        self.started: list[dict[str, str]] = []
        self.is_running = True
        self.echo = True

    def stop(self) -> None:
        self.is_running = False

    def start(self, env: dict[str, str]) -> None:
        self.started.append(dict(env))
        self.is_running = True


def supervised(stack: Stack) -> tuple[Any, Served]:
    api = Served()
    return Supervisor(cast("LocalStack", stack), cast("Api", api), Console()), api


@pytest.mark.parametrize(
    ("failure", "line"),
    [
        (StackError("template.yaml: no such type"), "template.yaml: no such type"),
        (KeyError("TABLE"), "KeyError: 'TABLE'"),
        (MISSING, "ClientError: An error occurred (ResourceNotFound)"),
        (FileNotFoundError("template.yaml"), "FileNotFoundError: template.yaml"),
    ],
)
def test_whatever_fails_is_printed_with_its_cause_and_the_next_edit_tries_again(capsys, failure, line):
    stack = Stack(failure)
    supervisor, api = supervised(stack)

    supervisor._reload([str(TEMPLATE)])

    shown = capsys.readouterr().err
    assert shown.startswith(f"Error: {line}")
    assert shown.endswith("Edit again to retry.\n")
    assert (api.is_running, api.echo, api.started) == (True, True, [{"TABLE": "first"}])

    supervisor._reload([str(TEMPLATE)])

    assert (stack.updates, capsys.readouterr().err) == (2, "")


def test_ctrl_c_during_a_reload_ends_it():
    supervisor, _ = supervised(Stack(KeyboardInterrupt()))

    with pytest.raises(KeyboardInterrupt):
        supervisor._reload([str(TEMPLATE)])
