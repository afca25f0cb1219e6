"""Parameters and results as the RDS Data API writes them."""

import re
from typing import Any

import psycopg
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import StrDumper

from support.data_api.errors import ApiError

MAX_ROW = 64 * 1024
MAX_ANSWER = 1024 * 1024
_NAME = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)")
_LONGS, _DOUBLES, _BOOLEAN = {20, 21, 23}, {700, 701}, 16
"""https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat"""


def register_types(connection: psycopg.Connection[Any]) -> None:
    """Strings as `text` and numbers as `bigint`, where psycopg would leave it to the server."""
    connection.adapters.register_dumper(str, StrDumper)
    connection.adapters.register_dumper(int, Int8Dumper)


def execute(connection: psycopg.Connection[Any], sql: str, parameters: list[Any]) -> dict[str, Any]:
    values = {parameter["name"]: _value(parameter) for parameter in parameters}
    missing = set(_NAME.findall(sql)) - values.keys()
    if missing:
        raise ApiError("BadRequestException", f"Cannot find parameter: {missing.pop()}")
    nulls = {name for name, value in values.items() if value is None}
    query = _NAME.sub(lambda it: _placeholder(it[1], nulls), sql.replace("%", "%%"))
    cursor = connection.execute(query.encode(), values)
    if cursor.nextset():
        raise ApiError("DatabaseErrorException", "Multistatements aren't supported")
    if cursor.description is None:
        return {"numberOfRecordsUpdated": max(0, cursor.rowcount)}
    return {"numberOfRecordsUpdated": 0, "records": _records(cursor)}


def _placeholder(name: str, nulls: set[str]) -> str:
    return f"CAST(%({name})s AS text)" if name in nulls else f"%({name})s"


def _value(parameter: dict[str, Any]) -> Any:
    if "typeHint" in parameter:
        raise ApiError("BadRequestException", "Type hints are not part of this stand-in")
    ((kind, value),) = parameter["value"].items()
    if kind == "arrayValue":
        raise ApiError("BadRequestException", "Array parameters are not supported.")
    return None if kind == "isNull" else value


def _records(cursor: psycopg.Cursor[Any]) -> list[list[dict[str, Any]]]:
    result = cursor.pgresult
    assert result is not None
    records = []
    for row in range(result.ntuples):
        values = [result.get_value(row, column) for column in range(result.nfields)]
        if sum(len(value or b"") for value in values) > MAX_ROW:
            raise ApiError("UnsupportedResultException", "Packet for query is too large")
        records.append([_field(result.ftype(column), value) for column, value in enumerate(values)])
    return records


def _field(kind: int, value: bytes | None) -> dict[str, Any]:
    if value is None:
        return {"isNull": True}
    if kind == _BOOLEAN:
        return {"booleanValue": value == b"t"}
    if kind in _LONGS:
        return {"longValue": int(value)}
    return {"doubleValue": float(value)} if kind in _DOUBLES else {"stringValue": value.decode()}
