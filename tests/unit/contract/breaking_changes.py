"""Find the changes in a new version of the contract that break clients made from an older one.

A client sends what the old contract allowed, so what is sent may only be widened; it reads what the old contract
promised, so answers may only be narrowed. A shared schema is reported once, by its name.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

Json = dict[str, Any]

_METHODS = ("get", "put", "post", "patch", "delete")
_UPPER_BOUNDS = ("maximum", "maxLength", "maxItems")
_LOWER_BOUNDS = ("minimum", "minLength", "minItems")
_NULL = {"type": "null"}


class Break(NamedTuple):
    where: str
    what: str


def breaking_changes(old: Json, new: Json) -> list[Break]:
    """Of the OpenAPI document `new` against `old`, each once, sorted."""
    return sorted(set(_Comparison(old, new).run()))


class _Comparison:
    def __init__(self, old: Json, new: Json) -> None:
        self._old, self._new = old, new
        self._seen: set[tuple[str, bool]] = set()

    def run(self) -> Iterator[Break]:
        for path, item in self._old["paths"].items():
            for method in _METHODS:
                if method in item:
                    where = f"{method.upper()} {path}"
                    now = self._new["paths"].get(path, {}).get(method)
                    yield from (
                        [Break(where, "removed")] if now is None else self._route(where, item[method], now)
                    )

    def _route(self, where: str, old: Json, new: Json) -> Iterator[Break]:
        if old["operationId"] != new["operationId"]:
            yield Break(where, "operationId changed")
        if not old.get("security") and new.get("security"):
            yield Break(where, "needs a token")
        yield from self._parameters(where, _by_name(old), _by_name(new))
        yield from self._body(where, old.get("requestBody", {}), new.get("requestBody", {}))
        for status, answer in old["responses"].items():
            yield from self._answer(f"{where} {status}", answer, new["responses"].get(status))

    def _parameters(self, where: str, old: Json, new: Json) -> Iterator[Break]:
        for name, parameter in new.items():
            if parameter.get("required") and not old.get(name, {}).get("required"):
                yield Break(f"{where} {name}", "required")
        for name, parameter in old.items():
            if name not in new:
                yield Break(f"{where} {name}", "removed")
            else:
                yield from self._schema(
                    f"{where} {name}", parameter["schema"], new[name]["schema"], sent=True
                )

    def _body(self, where: str, old: Json, new: Json) -> Iterator[Break]:
        if new.get("required") and not old.get("required"):
            yield Break(f"{where} body", "required")
        yield from self._content(f"{where} body", old, new, sent=True)

    def _answer(self, where: str, old: Json, new: Json | None) -> Iterator[Break]:
        if new is None:
            yield Break(where, "removed")
            return
        for name in old.get("headers", {}):
            if name not in new.get("headers", {}):
                yield Break(f"{where} {name}", "removed")
        yield from self._content(where, old, new, sent=False)

    def _content(self, where: str, old: Json, new: Json, *, sent: bool) -> Iterator[Break]:
        for media_type, content in old.get("content", {}).items():
            now = new.get("content", {}).get(media_type)
            if now is None:
                yield Break(f"{where} {media_type}", "removed")
            else:
                yield from self._schema(where, content["schema"], now["schema"], sent=sent)

    def _schema(self, where: str, old: Json, new: Json, *, sent: bool) -> Iterator[Break]:
        if "$ref" in old and old["$ref"] == new.get("$ref"):
            where = old["$ref"].rpartition("/")[2]
            if (where, sent) in self._seen:
                return
            self._seen.add((where, sent))
        old, new = _resolve(old, self._old), _resolve(new, self._new)
        yield from self._alternatives(where, _alternatives(old), _alternatives(new), sent=sent)

    def _alternatives(self, where: str, old: list[Json], new: list[Json], *, sent: bool) -> Iterator[Break]:
        lost, gained = (old, new) if sent else (new, old)
        if _NULL in lost and _NULL not in gained:
            yield Break(where, "no longer null" if sent else "may be null")
        old, new = ([part for part in parts if part != _NULL] for parts in (old, new))
        if len(lost) > len(gained) and len(old) != len(new):
            yield Break(where, "fewer forms" if sent else "more forms")
        for before, now in zip(old, new, strict=False):
            if _is_plain(before) and _is_plain(now):
                yield from self._form(where, before, now, sent=sent)
            else:
                yield from self._schema(where, before, now, sent=sent)

    def _form(self, where: str, old: Json, new: Json, *, sent: bool) -> Iterator[Break]:
        """One form of a value: neither a reference nor a choice."""
        if old.get("type") != new.get("type"):
            yield Break(where, "type changed")
            return
        if old.get("format") != new.get("format"):
            yield Break(where, "format changed")
        yield from _values(where, old, new, sent=sent)
        if sent:
            yield from _bounds(where, old, new)
        yield from self._members(where, old, new, sent=sent)

    def _members(self, where: str, old: Json, new: Json, *, sent: bool) -> Iterator[Break]:
        before, now = (set(schema.get("required", [])) for schema in (old, new))
        for name in sorted(now - before if sent else before - now):
            yield Break(f"{where}.{name}", "required" if sent else "no longer certain")
        for name, member in old.get("properties", {}).items():
            if name not in new.get("properties", {}):
                yield Break(f"{where}.{name}", "removed")
            else:
                yield from self._schema(f"{where}.{name}", member, new["properties"][name], sent=sent)
        for keyword in ("items", "additionalProperties"):
            if isinstance(old.get(keyword), dict) and isinstance(new.get(keyword), dict):
                yield from self._schema(f"{where}[]", old[keyword], new[keyword], sent=sent)


def _values(where: str, old: Json, new: Json, *, sent: bool) -> Iterator[Break]:
    """Sent values must go on being taken; a value that is new in an answer is unknown to clients."""
    before, now = (
        schema.get("enum", [schema["const"]] if "const" in schema else None) for schema in (old, new)
    )
    if before is None and now is None:
        return
    if before is None or now is None:
        if (now is not None) is sent:
            yield Break(where, "values limited" if sent else "values no longer limited")
        return
    for value in [v for v in before if v not in now] if sent else [v for v in now if v not in before]:
        yield Break(where, f"value {value} {'removed' if sent else 'added'}")


def _bounds(where: str, old: Json, new: Json) -> Iterator[Break]:
    for keyword in _UPPER_BOUNDS:
        if new.get(keyword, float("inf")) < old.get(keyword, float("inf")):
            yield Break(where, f"{keyword} lowered")
    for keyword in _LOWER_BOUNDS:
        if new.get(keyword, float("-inf")) > old.get(keyword, float("-inf")):
            yield Break(where, f"{keyword} raised")
    if new.get("pattern") not in (None, old.get("pattern")):
        yield Break(where, "pattern changed")
    if new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
        yield Break(where, "unknown members refused")


def _by_name(operation: Json) -> Json:
    return {parameter["name"]: parameter for parameter in operation.get("parameters", [])}


def _resolve(schema: Json, document: Json) -> Json:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _alternatives(schema: Json) -> list[Json]:
    return schema.get("anyOf") or schema.get("oneOf") or [schema]


def _is_plain(schema: Json) -> bool:
    return {"$ref", "anyOf", "oneOf"}.isdisjoint(schema)
