"""Fixtures of `make verify-deploy`: its tools, and the image."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from deployment.image import Image, built

_ROOT = Path(__file__).parents[2]
_FIGURE = "figure"


def _tool(environment: str, name: str) -> Path:
    path = _ROOT / environment / "bin" / name
    assert path.exists(), f"{path} is not there: run `make verify-deploy`"
    return path


@pytest.fixture(scope="session")
def sam() -> Path:
    return _tool(".venv-deploy", "sam")


@pytest.fixture(scope="session")
def hadolint() -> Path:
    return _tool(".venv-deploy", "hadolint")


@pytest.fixture(scope="session")
def checkov() -> Path:
    return _tool(".venv-checkov", "checkov")


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """The image of this checkout. It takes a minute; the very first one, with the base it stands on, two."""
    with built(tmp_path_factory.mktemp("image")) as image:
        yield image


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Print a figure at the end of the run. As a property it also comes from another process."""
    return partial(record_property, _FIGURE)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for passed in terminalreporter.stats.get("passed", []):
        for name, figure in passed.user_properties:
            if name == _FIGURE:
                terminalreporter.write_line(figure)
