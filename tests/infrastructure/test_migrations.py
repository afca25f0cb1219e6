"""`make run` brings the data of an earlier version up to this one."""

from app.models.todos import Todo
from app.repositories.dynamodb.storage import DynamoStorage
from devstack import migrations
from devstack.state import State
from support.stack import running_stack


def test_a_state_of_an_earlier_version_is_migrated_once(tmp_path):
    state = State(tmp_path / "state")
    with running_stack(state.root) as stack:
        assert not migrations.are_due(state)  # nothing is stored yet that could need it
        todos = DynamoStorage(stack.clients(), stack.settings.tables).todos
        users = stack.clients().dynamodb.scan(TableName=stack.env["USERS_TABLE"])["Items"]
        user_id = users[0]["userId"]["S"]
        old = todos.change(user_id, "1", lambda _: Todo(id="1", title="Cafe\u0301"))
    (state.root / "memory" / "migrations").unlink()

    with running_stack(state.root) as stack:
        new = DynamoStorage(stack.clients(), stack.settings.tables).todos.get(user_id, "1")

        assert (new.title, new.version) == ("Caf\u00e9", old.version + 1)
        assert not migrations.are_due(state)
        assert "m0001_todo_text" in state.log("migrate").read_text()
