"""Make a cold start of the API cheaper. Import this before anything that imports FastAPI."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import BaseModel


@contextmanager
def frozen_imports() -> Iterator[None]:
    """Import without collecting garbage, of which imports make none, and leave what was imported out of every later
    collection."""
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


def defer_openapi_models() -> None:
    """Import FastAPI's models of OpenAPI without building their validators: only `/openapi.json` uses them.

    FastAPI imports the models with itself, and pydantic builds each at once: a twelfth of a cold start. pydantic
    builds it at its first use where `defer_build` is set, which a model takes from its base class.
    """
    BaseModel.model_config["defer_build"] = True
    try:
        import fastapi.openapi.models  # noqa: F401
    finally:
        del BaseModel.model_config["defer_build"]
