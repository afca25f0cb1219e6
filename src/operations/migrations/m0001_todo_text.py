"""Text of to-dos in NFC. Each is changed as its owner would change it, so that their other devices learn of it."""

from app.models.todos import Todo, Tombstone
from app.ports.users import UserRecordMissing
from app.repositories.dynamodb import todo_items
from app.repositories.dynamodb.todos import DynamoTodos
from operations.composed import composed
from operations.journal import Work

TITLE = "text of to-dos in NFC"


def run(work: Work) -> None:
    todos = DynamoTodos(
        work.clients, todos_table=work.tables.todos_table, users_table=work.tables.users_table, quota=None
    )
    for item in work.items(work.tables.todos_table):
        todo = todo_items.live_todo(item)
        if todo is not None and composed(todo) is not todo:
            work.changed += _compose(todos, item["userId"]["S"], todo.id)


def _compose(todos: DynamoTodos, user_id: str, todo_id: str) -> bool:
    def decide(current: Todo | Tombstone | None) -> Todo | Tombstone | None:
        return composed(current) if isinstance(current, Todo) else current

    try:
        todos.change(user_id, todo_id, decide)
    except UserRecordMissing:  # the account is being deleted
        return False
    return True
