"""What a change of to-dos reads, and the transaction that it writes: to-dos with their user's revision and count."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.aws.errors import TransactionConflict, map_aws_errors
from app.models.users import RecentAccount
from app.ports.users import UserRecordMissing
from app.repositories.dynamodb import todo_items
from app.repositories.dynamodb.attributes import (
    Item,
    number,
    string,
    to_number,
    to_optional_number,
    to_string,
)
from app.repositories.dynamodb.todos_table import key
from app.repositories.dynamodb.user_tables import UserTables
from app.repositories.plans import Plan

_OF_STATE: dict[str, Any] = {
    "ProjectionExpression": "#revision, todoCount, #status",
    "ExpressionAttributeNames": {"#revision": "revision", "#status": "status"},
}


_NOT_DELETING = "#status <> :deleting", {":deleting": string("deleting")}


class State(NamedTuple):
    """The state that a decision is based on: the user's revision and number of live to-dos (`None`: never counted),
    and the to-dos' items by id, tombstones included."""

    revision: int
    todo_count: int | None
    items: dict[str, Item]


class TodoTransactions(UserTables):
    """Over the Todos and Users tables."""

    def read(self, user_id: str, todo_ids: Sequence[str]) -> State:
        """The state to decide on, in one round trip.

        A batch is no snapshot, and need not be one: the write holds only if both the revision and the version
        are still those read, that is, if nothing of this user changed since the first of the reads.
        `TransactGetItems` would cost twice as much, and be refused whenever a change is under way.
        """
        account, todos = self._read(user_id, todo_ids, _OF_STATE)
        if account is None:
            raise UserRecordMissing
        return _state(account, {item["todoId"]["S"]: item for item in todos})

    def see(self, user_id: str, todo_id: str) -> tuple[Item | None, Item | None]:
        """The items of the user and of a to-do, whole, in one round trip."""
        account, todos = self._read(user_id, [todo_id], {})
        return account, todos[0] if todos else None

    def _read(
        self, user_id: str, todo_ids: Sequence[str], of_user: dict[str, Any]
    ) -> tuple[Item | None, Sequence[Item]]:
        todos = {"Keys": [key(user_id, todo_id) for todo_id in todo_ids], "ConsistentRead": True}
        user = {"Keys": [{"userId": string(user_id)}], "ConsistentRead": True, **of_user}
        requested: Any = {self._todos: todos, self._users: user}
        with map_aws_errors():
            answer = self._dynamodb.batch_get_item(RequestItems=requested)
        if answer.get("UnprocessedKeys"):
            raise TransactionConflict
        (account,) = answer["Responses"].get(self._users) or (None,)
        return account, answer["Responses"].get(self._todos, [])

    def write(self, user_id: str, plan: Plan, state: State, *, presumed: RecentAccount | None = None) -> None:
        """Store what was planned on `state`. The SDK may safely send this again after a time-out: botocore adds a
        `ClientRequestToken`, by which DynamoDB knows a repetition. Of an account that is `presumed`, and was not
        read, the write proves all that is presumed.

        Raises:
            TransactionConflict: the revision or the version is no longer what was read or presumed.
        """
        condition = _NOT_DELETING if presumed is None else _as_presumed(presumed)
        actions: list[Any] = [
            self._raise_revision(
                user_id, state.revision, condition, by=len(plan.changes), count=plan.todo_count
            ),
            *(
                self._put(todo_items.item_of(user_id, todo, revision), state.items.get(todo.id))
                for revision, todo in plan.changes.items()
            ),
        ]
        with map_aws_errors():
            self._dynamodb.transact_write_items(TransactItems=actions)

    def _raise_revision(
        self, user_id: str, revision: int, also: tuple[str, Item], *, by: int, count: int
    ) -> dict[str, Any]:
        condition, values = also
        return {
            "Update": {
                "TableName": self._users,
                "Key": {"userId": string(user_id)},
                "UpdateExpression": "SET #revision = :next, todoCount = :count",
                "ConditionExpression": f"#revision = :read AND {condition}",
                "ExpressionAttributeNames": {"#revision": "revision", "#status": "status"},
                "ExpressionAttributeValues": {
                    ":next": number(revision + by),
                    ":count": number(count),
                    ":read": number(revision),
                    **values,
                },
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }

    def _put(self, item: Item, read: Item | None) -> dict[str, Any]:
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(todoId)"}
        if read is not None:
            condition = {
                "ConditionExpression": "#version = :read",
                "ExpressionAttributeNames": {"#version": "version"},
                "ExpressionAttributeValues": {":read": read["version"]},
            }
        kept = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        return {"Put": {"TableName": self._todos, "Item": item, **condition, **kept}}


def _as_presumed(account: RecentAccount) -> tuple[str, Item]:
    """A revocation of tokens does not raise the revision, and neither does who corrects the record by hand."""
    values = {
        ":status": string(account.status),
        ":validAfter": number(account.tokens_valid_after),
        ":counted": number(account.todo_count),
    }
    return "#status = :status AND tokensValidAfter = :validAfter AND todoCount = :counted", values


def met(state: State, todo_id: str, found: Sequence[Item | None]) -> State | None:
    """The state that a transaction met instead of `state`: the items whose conditions did not hold, and as before
    those whose conditions did. `None` where that is not known, after a conflict or for an item that is gone."""
    if len(found) != 2 or not any(found):
        return None
    account, todo = found
    items = state.items if todo is None else {todo_id: todo}
    return state._replace(items=items) if account is None else _state(account, items)


def _state(account: Item, items: dict[str, Item]) -> State:
    """Raises `UserRecordMissing` for an account that is being deleted."""
    if to_string(account, "status") == "deleting":
        raise UserRecordMissing
    return State(to_number(account, "revision"), to_optional_number(account, "todoCount"), items)
