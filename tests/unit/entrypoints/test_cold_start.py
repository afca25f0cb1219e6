"""Cold starts: work done and work left out, each case in a process of its own."""

import json
import os
import subprocess
import sys
from pkgutil import iter_modules

import pytest

import app.entrypoints
from support.environment import ENVIRONMENT

_GET = """
from unit.entrypoints.test_api import event
import app.entrypoints.api as api
answer = api.handler(event(path={path!r}), None)
assert answer["statusCode"] == {status}, answer
"""


_SHORT = {"DOCS_ENABLED": "false", "PYTHONPATH": os.pathsep.join(sys.path)}


def cold(code: str, **variables: str) -> str:
    """Run `code` in a new process with the environment of a function; return its output."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **ENVIRONMENT, **_SHORT, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_fastapis_models_of_openapi_are_not_built() -> None:
    code = _GET.format(path="/healthz", status=200) + (
        "import json, fastapi.openapi.models as models, app.schemas.common as own, pydantic\n"
        "print(json.dumps([models.OpenAPI.__pydantic_complete__, own.Health.__pydantic_complete__,"
        " 'defer_build' in pydantic.BaseModel.model_config]))"
    )

    assert json.loads(cold(code)) == [False, True, False]


def test_the_document_is_the_same_with_models_that_are_built_late() -> None:
    late = "import app.entrypoints.api as api; app = api.app\n"
    early = (
        "from app.config.api import settings; from app.main import create_app; app = create_app(settings())\n"
    )
    show = "import json; print(json.dumps(app.openapi()))"

    assert cold(late + show) == cold(early + show)


ENTRYPOINTS = sorted(module.name for module in iter_modules(app.entrypoints.__path__))


@pytest.mark.parametrize("name", ENTRYPOINTS)
def test_imports_are_not_searched_for_garbage_and_left_out_of_later_collections(name: str) -> None:
    """The few objects that are made after `frozen_imports` may be searched."""
    code = (
        "import app.entrypoints, gc, json\n"
        "before = gc.get_stats()[0]['collections']\n"
        f"import app.entrypoints.{name}\n"
        "searches = gc.get_stats()[0]['collections'] - before\n"
        "print(json.dumps([gc.isenabled(), searches <= 3, gc.get_freeze_count() > 10_000]))"
    )

    assert json.loads(cold(code)) == [True, True, True]


@pytest.mark.parametrize(
    ("path", "status", "routers"),
    [
        ("/healthz", 200, ["health"]),
        ("/v1/todos", 401, []),
        ("/v1/auth/login", 405, ["auth"]),
        ("/nowhere", 404, []),
    ],
)
def test_a_request_imports_only_the_routers_it_can_reach(path: str, status: int, routers: list[str]) -> None:
    code = _GET.format(path=path, status=status) + (
        "import json, sys\n"
        "found = (name.removeprefix('app.routers.') for name in sys.modules if name.startswith('app.routers.'))\n"
        "helpers = {'flattening', 'lanes', 'limited', 'preconditions', 'responses', 'strict'}\n"
        "print(json.dumps(sorted(set(found) - helpers)))"
    )

    assert json.loads(cold(code)) == routers


_TODOS = """
import json, sys
import app.entrypoints.api as api, app.routers.todos
container = api.app.state.container
assert container.todos and container.accounts and container.idempotency
print(json.dumps(sorted(name for name in sys.modules if name.split(".")[0] == "app")))
"""
_OF_OTHER_ROUTES = ("admin", "account_deletion", "export", "files", "ingest", "user_stores", "mail.render")


def test_the_modules_behind_a_list_of_todos() -> None:
    """A budget: each module costs a cold start about a millisecond. Raise it for what such a request needs."""
    modules = json.loads(cold(_TODOS))

    others = tuple(f"app.services.{name}" for name in _OF_OTHER_ROUTES)
    engine = {name.rpartition(".")[2] for name in modules if name.startswith("app.repositories.dynamodb.")}
    assert [name for name in modules if name.startswith(others)] == []
    assert engine & {"audit", "costs", "files", "imports", "mail", "previews"} == set()
    assert len(modules) <= 119, modules


def test_an_api_looks_for_garbage_rarely() -> None:
    """A list of 50 to-dos takes some 5,000 containers to build."""
    code = "from app.main import app\nimport gc\nprint(gc.get_threshold()[0])"

    assert int(cold(code)) == 20_000
