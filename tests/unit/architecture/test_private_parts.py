"""Private parts of Starlette, FastAPI and their like are imported in one module: a new version may change them."""

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[3] / "src"
LIBRARIES = {"anyio", "fastapi", "mangum", "pydantic", "pydantic_core", "starlette", "uvicorn"}


def private_imports(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            library, *parts = name.split(".")
            if library in LIBRARIES and any(part.startswith("_") for part in parts):
                yield name


def test_private_parts_are_imported_in_one_module() -> None:
    found = {
        str(path.relative_to(SOURCE)): names
        for path in SOURCE.rglob("*.py")
        if (names := sorted(private_imports(ast.parse(path.read_text()))))
    }

    private = ["fastapi._compat.ModelField", "starlette._utils.get_route_path"]
    assert found == {"app/routing.py": private}


def test_every_form_of_such_an_import_is_seen() -> None:
    forms = [
        "from starlette._utils import get_route_path",
        "from starlette import _utils",
        "import starlette._utils",
        "from fastapi.routing import _merge_lifespan_context",
        "def late():\n    from starlette._utils import is_async_callable",
    ]

    assert all(list(private_imports(ast.parse(form))) for form in forms)
    assert not list(private_imports(ast.parse("from __future__ import annotations\nfrom app import _own")))
