"""Who has deleted the user of the pool by an SDK leaves a record behind; an operator erases it."""

from dataclasses import fields

import pytest

from app.container import Container
from operations import reconcile
from operations.reconcile import Held
from project.errors import StackError


@pytest.fixture
def container(stack):
    """With no more settings than the command has."""
    known = {field.name: getattr(stack.settings, field.name) for field in fields(Held)}
    return Container(Held(**{**known, "redis_url": None, "egress_function": None, "todo_quota": None}))


def deletes_by_sdk(stack, person):
    stack.clients().cognito.delete_user(AccessToken=person.tokens["access_token"])


def test_what_an_sdk_has_left_behind_is_found_and_erased_and_nothing_else(stack, container, ada, bob, traces):
    ada.create_todo()
    bob.create_todo()
    deletes_by_sdk(stack, ada)

    found = reconcile.gone(container)
    assert ada.id in found
    assert bob.id not in found
    assert {"UsersTable", "TodosTable"} <= traces.of(ada).keys()

    reconcile.erase(container, [ada.id])

    assert traces.of(ada).keys() <= {"OperationsTable", "ReadCache"}
    assert {"UsersTable", "TodosTable", "UserPool"} <= traces.of(bob).keys()


def test_without_the_right_number_nothing_is_erased(stack, container, ada, traces, capsys):
    deletes_by_sdk(stack, ada)

    reconcile.reconcile(container, None)
    with pytest.raises(StackError, match="nothing is erased"):
        reconcile.reconcile(container, 10_000)

    assert f"{ada.id}: gone from the pool" in capsys.readouterr().out
    assert "UsersTable" in traces.of(ada)
