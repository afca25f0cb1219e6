"""The parts of a request that a signature covers."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote

from devstack.emulator.gate.refused import RefusedError


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """As it came: `path` and `query` still percent-encoded, header names in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    """A header that was sent twice is one value with a comma, as it is signed."""

    @classmethod
    def of(cls, scope: Any) -> "SignedRequest":
        headers: dict[str, str] = {}
        for raw_name, raw_value in scope["headers"]:
            name, value = raw_name.decode("latin-1").lower(), _text(raw_value)
            headers[name] = f"{headers[name]},{value}" if name in headers else value
        path = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1")
        return cls(scope.get("method", "GET"), path, scope["query_string"].decode("latin-1"), headers)

    def parameters(self) -> dict[str, str]:
        """Of the query, by their names in lower case.

        Raises:
            RefusedError: one of the names of a signature comes twice.
        """
        found: dict[str, str] = {}
        for name, value in parse_qsl(self.query, keep_blank_values=True):
            if name.lower() in found and name.lower().startswith("x-amz-"):
                raise RefusedError("InvalidQueryParameter", f"{name} is given twice.")
            found[name.lower()] = value
        return found


def _text(value: bytes) -> str:
    """Headers are UTF-8 where that is what they are, as MiniStack and botocore take them."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
