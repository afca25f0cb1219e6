"""Files of one JSON object around the list of records, as many programs answer: `{"records": [...], "total": 3}`."""

from collections.abc import Iterator
from typing import Any

from app.services.ingest.mapping import ColumnMapping, shown_name
from app.services.ingest.refusals import FileRefused

_DEEPEST = 3


def path_to_records(value: dict[str, Any], deepest: int = _DEEPEST) -> Iterator[str]:
    """The names that lead to a list of objects with e-mail addresses; none if `value` has an address itself."""
    if deepest == 0 or _has_email(value):
        return
    for name, inner in value.items():
        if isinstance(inner, list) and inner and isinstance(inner[0], dict) and _has_email(inner[0]):
            yield name
            return
        if isinstance(inner, dict) and (path := list(path_to_records(inner, deepest - 1))):
            yield from (name, *path)
            return


def refuse_wrapped(value: dict[str, Any], line: int) -> None:
    """Raises:
    FileRefused: `wrapped_list`, if the value is no record but holds a list of them.
    """
    path = ", ".join(map(shown_name, path_to_records(value)))
    if path:
        detail = (
            f"The records are in a list under {path}. Save that list alone: it begins with [ and ends with ]."
        )
        raise FileRefused("wrapped_list", line, detail)


def _has_email(value: dict[str, Any]) -> bool:
    return ColumnMapping.of(tuple(value)).has_email
