"""A list of to-dos as a DynamoDB query: index, key condition, filter, and what is filtered here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.errors import InvalidCursor
from app.models.moments import timestamp
from app.models.pages import Position
from app.models.todos import TodoQuery
from app.repositories.dynamodb.attributes import Item, boolean, string, to_string, to_strings
from app.repositories.dynamodb.todo_items import LISTED, NO_DUE_DATE, index_key
from app.text import occurs

_INDEXES = {"created": ("byCreated", "createdKey"), "due": ("byDue", "dueKey")}


@dataclass
class _Expression:
    """Conditions with their placeholders: many attribute names are reserved words, `list` among them."""

    names: dict[str, str] = field(default_factory=dict)
    values: Item = field(default_factory=dict)

    def equals(self, name: str, value: Item) -> str:
        self._bind(name, value)
        return f"#{name} = :{name}"

    def contains(self, name: str, value: Item) -> str:
        self._bind(name, value)
        return f"contains(#{name}, :{name})"

    def between(self, name: str, low: str, high: str) -> str:
        self.names[f"#{name}"] = name
        self.values[":low"], self.values[":high"] = string(low), string(high)
        return f"#{name} BETWEEN :low AND :high"

    def attributes(self, names: Sequence[str]) -> str:
        self.names |= {f"#{name}": name for name in names}
        return ", ".join(f"#{name}" for name in names)

    def _bind(self, name: str, value: Item) -> None:
        self.names[f"#{name}"] = name
        self.values[f":{name}"] = value


def sort_key_name(query: TodoQuery) -> str:
    return _INDEXES[query.sort][1]


def is_filtered(query: TodoQuery) -> bool:
    """Return whether entries are dropped after they have been read and counted against `Limit`."""
    return "FilterExpression" in query_request("", query) or query.q is not None


def is_empty(query: TodoQuery) -> bool:
    """Return whether no due date can be between the bounds: DynamoDB refuses such a `BETWEEN`."""
    bounds = _due_bounds(query)
    return bounds is not None and bounds[0] > bounds[1]


def query_request(user_id: str, query: TodoQuery) -> dict[str, Any]:
    """The parameters of `Query`, without the table, the limit and the start."""
    index, sort_key = _INDEXES[query.sort]
    expression = _Expression()
    key_conditions = [expression.equals("userId", string(user_id))]
    filters = _equality_filters(query, expression)
    if (bounds := _due_bounds(query)) is not None:
        # A key attribute of the queried index may stand in the key condition only.
        (key_conditions if sort_key == "dueKey" else filters).append(expression.between("dueKey", *bounds))
    request: dict[str, Any] = {
        "IndexName": index,
        "ConsistentRead": True,
        "ProjectionExpression": expression.attributes(LISTED),
        "KeyConditionExpression": " AND ".join(key_conditions),
        "ExpressionAttributeNames": expression.names,
        "ExpressionAttributeValues": expression.values,
    }
    return request | ({"FilterExpression": " AND ".join(filters)} if filters else {})


def _equality_filters(query: TodoQuery, expression: _Expression) -> list[str]:
    filters = []
    if query.completed is not None:
        filters.append(expression.equals("completed", boolean(query.completed)))
    if query.list is not None:
        filters.append(expression.equals("list", string(query.list)))
    if query.priority is not None:
        filters.append(expression.equals("priority", string(query.priority)))
    if query.tag is not None:
        filters.append(expression.contains("tags", string(query.tag)))
    return filters


def _due_bounds(query: TodoQuery) -> tuple[str, str] | None:
    """The range of `dueKey` strictly between the bounds, to-dos without a due date excluded.

    A key is `<instant>#<id>`, and `$` is the character after `#`: `<instant>$` sorts after every to-do due at
    that instant and before those due a millisecond later.
    """
    if query.due_after is None and query.due_before is None:
        return None
    low = "0" if query.due_after is None else timestamp(query.due_after) + "$"
    high = NO_DUE_DATE
    if query.due_before is not None:
        between_milliseconds = query.due_before.microsecond % 1000
        high = timestamp(query.due_before) + ("$" if between_milliseconds else "")
    return low, high


def start_key(user_id: str, query: TodoQuery, position: Position) -> Item:
    """The `ExclusiveStartKey` of a position.

    Raises:
        app.errors.InvalidCursor: it is not a position of this list.
    """
    key = index_key(user_id, sort_key_name(query), position)
    if key is None or not _is_within_bounds(query, position):
        raise InvalidCursor
    return key


def _is_within_bounds(query: TodoQuery, position: Position) -> bool:
    """DynamoDB refuses to start outside of the key condition."""
    bounds = _due_bounds(query) if query.sort == "due" else None
    return bounds is None or bounds[0] <= position <= bounds[1]


def mentions(item: Item, text: str | None) -> bool:
    """Return whether the text occurs in the title, the notes or a tag of a stored to-do. `None` is everywhere."""
    return text is None or occurs(
        text, item["title"]["S"], to_string(item, "notes") or "", *to_strings(item, "tags")
    )
