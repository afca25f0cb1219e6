"""SQL, written once for both transports."""

from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
Value = str | int | bool | None
"""What a parameter may be. Times, dates and lists are sent as text or JSON and cast in the statement: the RDS Data
API knows neither arrays nor time zones."""


@dataclass(frozen=True)
class Statement:
    """SQL with named parameters (`:user_id`). `name` is for the log. Casts are `CAST(:x AS text)`, never `::`.

    It returns no column or one, of JSON: a row is `to_json(todos)`, so that both transports give the same values.
    """

    name: str
    text: str


GET_USER = Statement("get a user", "SELECT to_json(users) FROM users WHERE user_id = :user_id")


def paged(name: str, table: str, where: str, order: str) -> Statement:
    """A page of a list, for `Database.page`: at most `:limit` rows, and as much JSON as an answer may hold."""
    columns = order.replace(" DESC", "")
    return Statement(
        name,
        f"""
        SELECT json_build_object('item', item, 'left', found - place) FROM (
            SELECT item, {columns}, row_number() OVER listed AS place, count(*) OVER () AS found,
                sum(octet_length(CAST(item AS text))) OVER listed AS bytes
            FROM (
                SELECT to_json({table}) AS item, {columns} FROM {table}
                WHERE {where} ORDER BY {order} LIMIT :limit + 1
            ) AS matching
            WINDOW listed AS (ORDER BY {order} ROWS UNBOUNDED PRECEDING)
        ) AS measured
        WHERE place <= :limit AND bytes <= {MAX_BYTES} ORDER BY {order}
        """,  # noqa: S608 - the names of columns, and parameters
    )


MAX_BYTES = 500_000
"""Of the rows of one answer. The RDS Data API ends a call that returns more than 1 MiB, and quotes this JSON again,
which at most doubles it.
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.limitations.html"""
