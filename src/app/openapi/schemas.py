"""The generated schemas in the form that every client generator reads.

pydantic titles each property after its name (`Duebefore`): such titles name classes in some generators, and say
nothing to people. They go. A component's title is made of words. Examples are composed of those of its parts.
"""

import re
from typing import Any

Json = dict[str, Any]

_BY_FORMAT = {
    "date": "2026-12-01",
    "date-time": "2026-11-21T09:30:00.000Z",
    "uuid": "3f0e7a52-6b1c-4d0e-9d0a-1f2e3d4c5b6a",
}
_BY_TYPE = {"integer": 1, "number": 1.5, "boolean": True, "null": None}
_NULL = {"type": "null"}


def finish(components: dict[str, Json]) -> None:
    """Give each of the components a title for people and an example that fits it."""
    for name, schema in components.items():
        _clean(schema)
        schema["title"] = _title(name)
        if "examples" in schema:
            schema["examples"] = [_completed(example, schema) for example in schema["examples"]]
    for schema in components.values():
        schema.setdefault("examples", [_example(schema, components)])


def finish_parameter(parameter: Json) -> None:
    """A parameter is sent or left out: its schema is never `null`, which clients would send as a word."""
    schema = parameter["schema"]
    _clean(schema)
    alternatives = [inner for inner in schema.pop("anyOf", []) if inner != _NULL]
    for inner in alternatives:
        schema = {**inner, **schema}
    described = schema.pop("description", "")
    parameter.setdefault("description", described)
    parameter["schema"] = schema


def _title(name: str) -> str:
    """`TodoListOut` -> `To-do list`."""
    words = " ".join(re.findall(r"[A-Z][a-z]+", name.removesuffix("Out"))).capitalize()
    return words.replace("Todo", "To-do").replace("todo", "to-do")


def _clean(schema: Json) -> None:
    schema.pop("title", None)
    if schema.get("default", ...) is None:
        del schema["default"]
    for inner in _inner(schema):
        _clean(inner)


def _completed(example: Any, schema: Json) -> Any:
    """FastAPI leaves every `None` out of the document, those of examples too."""
    if not isinstance(example, dict):
        return example
    return {**{name: None for name in schema.get("required", []) if name not in example}, **example}


def _inner(schema: Json) -> list[Json]:
    keywords = [schema.get(name) for name in ("items", "additionalProperties")]
    lists = [inner for name in ("anyOf", "oneOf", "allOf") for inner in schema.get(name, [])]
    found = [*keywords, *lists, *schema.get("properties", {}).values()]
    return [inner for inner in found if isinstance(inner, dict)]


def _example(schema: Json, components: dict[str, Json]) -> Any:
    """A value that fits `schema`.

    Raises:
        LookupError: a string without a format says nothing by itself; its field has to give an example.
    """
    if "$ref" in schema:
        return _example(components[schema["$ref"].rpartition("/")[2]], components)
    for keyword in ("examples", "enum"):
        if keyword in schema:
            return schema[keyword][0]
    if "const" in schema:
        return schema["const"]
    for inner in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
        return _example(inner, components)
    return _composed(schema, components)


def _composed(schema: Json, components: dict[str, Json]) -> Any:
    if schema.get("type") == "object":
        return {name: _example(inner, components) for name, inner in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [_example(schema["items"], components)]
    if schema.get("format") in _BY_FORMAT:
        return _BY_FORMAT[schema["format"]]
    if schema.get("type") in _BY_TYPE:
        return _BY_TYPE[schema["type"]]
    raise LookupError(f"give an example for {schema}")
