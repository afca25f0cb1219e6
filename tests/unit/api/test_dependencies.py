"""Each dependency gives what its type says: FastAPI does not compare the two, and mypy cannot."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest

from app import dependencies, routers
from app.config.api import Settings
from app.container import Container
from app.container.email_addresses import EmailAddresses
from app.container.operator import Operator
from app.container.personal_data import PersonalData

MODULES = [
    dependencies,
    *(
        importlib.import_module(f"{routers.__name__}.{found.name}")
        for found in pkgutil.iter_modules(routers.__path__)
    ),
]


LATE = {"email_addresses": EmailAddresses, "operator": Operator, "personal_data": PersonalData}
"""The parts of the container with modules of their own."""


class Path:
    """Records which parts are asked for."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def __getattr__(self, name: str) -> "Path":
        return Path(*self.names, name)


def given() -> Iterator[tuple[str, Any, tuple[str, ...]]]:
    """The name of each dependency that is a part of the container, its type, and the path to the part."""
    for module in MODULES:
        for name, alias in vars(module).items():
            if get_origin(alias) is Annotated:
                kind, depends, *_ = get_args(alias)
                read = getattr(depends, "dependency", None)
                if read is not None and read.__qualname__.startswith("given."):
                    part = inspect.getclosurevars(read).nonlocals["part"]
                    yield f"{module.__name__}.{name}", kind, part(Path()).names


def type_at(path: tuple[str, ...]) -> Any:
    if path[0] == "settings":
        return get_type_hints(Settings)[path[1]]
    *parts, name = path
    owner = LATE[parts[0]] if parts else Container
    return get_type_hints(getattr(owner, name).func)["return"]


FOUND = {name: (kind, path) for name, kind, path in given()}


def test_all_are_found() -> None:
    assert {"app.dependencies.AccountsDep", "app.routers.files.FilesDep"} <= set(FOUND)
    assert len(FOUND) >= 10


@pytest.mark.parametrize("name", FOUND)
def test_a_dependency_is_what_its_type_says(name: str) -> None:
    kind, path = FOUND[name]

    assert type_at(path) == kind
