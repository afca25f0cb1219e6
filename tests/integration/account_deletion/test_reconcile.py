"""A user deleted from the pool by an SDK leaves a record behind; an operator erases it."""

import pytest

from app.config.api import Settings
from app.container import Container
from devstack.deploy import STACK
from devstack.environment import REGION
from operations import reconcile
from operations.cloud import Cloud
from project.errors import StackError


@pytest.fixture
def container(stack, monkeypatch):
    """With no more settings than the command finds."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", stack.endpoint)
    if url := stack.env.get("DATABASE_URL"):
        monkeypatch.setenv("DATABASE_URL", url)
    return Container(reconcile.held(Cloud(REGION), STACK))


def test_the_outputs_of_a_stack_name_its_settings(stack, container):
    found = {**vars(container.settings)}
    tables = found.pop("tables")
    named = {name for name in found if name in Settings.__dataclass_fields__ and found[name] is not None}
    same = named - {"stack_name", "limits"}  # an operator's tool limits no requests
    assert {name: found[name] for name in same} == {name: getattr(stack.settings, name) for name in same}
    assert {"data_bucket", "email_queue_url", "user_pool_id"} <= named
    assert tables == {name: stack.settings.tables[name] for name in tables}
    assert {"todos", "users", "files", "user_data", "operations"} <= tables.keys()


def deletes_by_sdk(stack, person):
    stack.clients().cognito.delete_user(AccessToken=person.tokens["access_token"])


def test_what_an_sdk_has_left_behind_is_found_and_erased_and_nothing_else(stack, container, ada, bob, traces):
    ada.create_todo()
    bob.create_todo()
    deletes_by_sdk(stack, ada)

    found = reconcile.gone(container)
    assert ada.id in found
    assert bob.id not in found
    assert {"UsersTable", "TodosTableV2"} <= traces.of(ada).keys()

    reconcile.erase(container, [ada.id])

    assert traces.of(ada).keys() <= {"OperationsTable", "ReadCache"}
    assert {"UsersTable", "TodosTableV2", "UserPool"} <= traces.of(bob).keys()


def test_without_the_right_number_nothing_is_erased(stack, container, ada, traces, capsys):
    deletes_by_sdk(stack, ada)

    reconcile.reconcile(container, None)
    with pytest.raises(StackError, match="nothing is erased"):
        reconcile.reconcile(container, 10_000)

    assert f"{ada.id}: gone from the pool" in capsys.readouterr().out
    assert "UsersTable" in traces.of(ada)
