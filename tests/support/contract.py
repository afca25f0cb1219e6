"""The committed `openapi.json`, read operation by operation."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DOCUMENT = json.loads((ROOT / "openapi.json").read_text())
_METHODS = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    spec: dict[str, Any]

    @property
    def id(self) -> str:
        return self.spec["operationId"]

    @property
    def public(self) -> bool:
        return not self.spec.get("security")

    @property
    def parameters(self) -> list[str]:
        return [p["name"] for p in self.spec.get("parameters", []) if p["in"] == "path"]

    @property
    def media_type(self) -> str | None:
        """The first one that the body may have."""
        return next(iter(self.spec.get("requestBody", {}).get("content", {})), None)

    def body_schema(self, media_type: str = "application/json") -> dict[str, Any] | None:
        content = self.spec.get("requestBody", {}).get("content", {})
        return resolve(content[media_type]["schema"]) if media_type in content else None

    def example(self, media_type: str = "application/json") -> Any:
        """A valid body, from the schema's own examples; `None` where the operation takes none."""
        schema = self.body_schema(media_type)
        return None if schema is None else schema["examples"][0]


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    """Follow `$ref` within the document."""
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def operations() -> list[Operation]:
    return list(_operations())


def _operations() -> Iterator[Operation]:
    for path, item in DOCUMENT["paths"].items():
        for method in _METHODS:
            if method in item:
                yield Operation(method, path, item[method])
