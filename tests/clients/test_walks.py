"""Generated clients, used against the stack: each walks the same way, and sees the same."""

import sys

import pytest

from support.people import PASSWORD

WALK = """\
sign-in: Bearer, 3600
create: "1", 2030-01-31, high
list: Buy oat milk, null
412: precondition_failed, 2
clear the due date: null, 3
upload by form: available, 6
upload by parts: available, 104857601, 7
"""


@pytest.fixture
def settings(app, ada) -> dict[str, str]:
    return {"API": app.api, "EMAIL": ada.email, "PASSWORD": PASSWORD}


@pytest.fixture(scope="module")
def compiled(made, run) -> None:
    made("openapi-fetch")
    made("typescript-fetch")
    run("tsc --strict --project tsconfig.json")


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("walk", ["openapi_fetch", "typescript_fetch"])
def test_a_typescript_client_walks(run, settings, walk) -> None:
    seen = run(f"node built/{walk}.js", **settings)

    sys.stdout.write(seen)
    assert seen == WALK


def test_a_python_client_walks(made, run, settings) -> None:
    assert "Warning" not in made("python"), "the generator has left something out"

    seen = run("python python_client.py", **settings)

    sys.stdout.write(seen)
    assert seen == WALK + "refused by the gateway: 401\n"
