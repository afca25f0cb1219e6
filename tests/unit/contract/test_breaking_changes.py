"""The released contract is kept, or the changelog announces the break; and the rules that check it."""

import copy
import json
import re

import pytest

from support.contract import DOCUMENT, ROOT
from unit.contract.breaking_changes import Break, breaking_changes

RELEASED = json.loads((ROOT / "docs" / "openapi-released.json").read_text())
TODOS, TODO = "/v1/todos", "/v1/todos/{id}"


def announced() -> set[str]:
    """The text in backticks in the bullets of `Unreleased` that begin with **Breaking**."""
    unreleased = (ROOT / "CHANGELOG.md").read_text().partition("## Unreleased")[2].partition("\n## ")[0]
    bullets = re.findall(r"^- (.*?)(?=^- |^#|\Z)", unreleased, re.DOTALL | re.MULTILINE)
    breaking = [" ".join(bullet.split()) for bullet in bullets if bullet.startswith("**Breaking**")]
    return {quoted for bullet in breaking for quoted in re.findall(r"`([^`]+)`", bullet)}


def test_nothing_that_was_released_breaks_unless_the_changelog_says_so():
    unannounced = [found for found in breaking_changes(RELEASED, DOCUMENT) if found.where not in announced()]

    assert unannounced == [], (
        "undo it, or write in CHANGELOG.md: - **Breaking** `<where>`: <why, and what to do>"
    )


@pytest.fixture
def new():
    return copy.deepcopy(DOCUMENT)


def schemas(document):
    return document["components"]["schemas"]


def found(new):
    return breaking_changes(DOCUMENT, new)


def test_the_same_breaks_nothing(new):
    assert found(new) == []


def parameter(document, name):
    parameters = document["paths"][TODOS]["get"]["parameters"]
    return next(p for p in parameters if p["name"] == name)


def remove_parameter(new):
    new["paths"][TODOS]["get"]["parameters"].remove(parameter(new, "tag"))


BREAKS = [
    (lambda new: new["paths"].pop("/healthz"), ("GET /healthz", "removed")),
    (lambda new: new["paths"][TODO].pop("put"), (f"PUT {TODO}", "removed")),
    (
        lambda new: new["paths"][TODO]["get"].update(operationId="readTodo"),
        (f"GET {TODO}", "operationId changed"),
    ),
    (
        lambda new: new["paths"]["/healthz"]["get"].update(security=[{"Bearer": []}]),
        ("GET /healthz", "needs a token"),
    ),
    (remove_parameter, (f"GET {TODOS} tag", "removed")),
    (lambda new: parameter(new, "q").update(required=True), (f"GET {TODOS} q", "required")),
    (
        lambda new: parameter(new, "limit")["schema"].update(maximum=50),
        (f"GET {TODOS} limit", "maximum lowered"),
    ),
    (
        lambda new: parameter(new, "limit")["schema"].update(type="string"),
        (f"GET {TODOS} limit", "type changed"),
    ),
    (lambda new: new["paths"][TODO]["get"]["responses"].pop("410"), (f"GET {TODO} 410", "removed")),
    (
        lambda new: new["paths"][TODO]["get"]["responses"]["200"]["headers"].pop("ETag"),
        (f"GET {TODO} 200 ETag", "removed"),
    ),
    (
        lambda new: new["paths"]["/v1/auth/token"]["post"]["requestBody"].update(content={}),
        ("POST /v1/auth/token body application/x-www-form-urlencoded", "removed"),
    ),
    (lambda new: schemas(new)["TodoOut"]["properties"].pop("notes"), ("TodoOut.notes", "removed")),
    (lambda new: schemas(new)["TodoOut"]["required"].remove("notes"), ("TodoOut.notes", "no longer certain")),
    (
        lambda new: schemas(new)["TodoOut"]["properties"].update(
            title={"anyOf": [{"type": "string"}, {"type": "null"}]}
        ),
        ("TodoOut.title", "may be null"),
    ),
    (
        lambda new: schemas(new)["TodoOut"]["properties"]["createdAt"].pop("format"),
        ("TodoOut.createdAt", "format changed"),
    ),
    (lambda new: schemas(new)["Priority"]["enum"].append("urgent"), ("Priority", "value urgent added")),
    (lambda new: schemas(new)["Priority"]["enum"].remove("low"), ("Priority", "value low removed")),
    (lambda new: schemas(new)["TodoCreate"]["properties"].pop("notes"), ("TodoCreate.notes", "removed")),
    (lambda new: schemas(new)["TodoCreate"]["required"].append("list"), ("TodoCreate.list", "required")),
    (
        lambda new: schemas(new)["TodoCreate"]["properties"]["title"].update(maxLength=100),
        ("TodoCreate.title", "maxLength lowered"),
    ),
    (
        lambda new: schemas(new)["TodoCreate"]["properties"]["title"].update(pattern="^[a-z]+$"),
        ("TodoCreate.title", "pattern changed"),
    ),
    (
        lambda new: schemas(new)["TodoPatch"]["properties"].update(
            dueOn={"type": "string", "format": "date"}
        ),
        ("TodoPatch.dueOn", "no longer null"),
    ),
    (
        lambda new: schemas(new)["TodosImport"].update(additionalProperties=False),
        ("TodosImport", "unknown members refused"),
    ),
    (
        lambda new: schemas(new)["Upload"]["oneOf"].append({"$ref": "#/components/schemas/Health"}),
        ("Upload", "more forms"),
    ),
    (
        lambda new: schemas(new)["UploadForm"]["properties"]["kind"].update(const="post"),
        ("UploadForm.kind", "value post added"),
    ),
    (
        lambda new: schemas(new)["TodoList"]["properties"]["items"].update(items={"type": "string"}),
        ("TodoList.items[]", "type changed"),
    ),
]


@pytest.mark.parametrize(("change", "expected"), BREAKS, ids=[" ".join(expected) for _, expected in BREAKS])
def test_a_change_that_breaks_clients_is_found(new, change, expected):
    change(new)

    assert Break(*expected) in found(new)


WIDENINGS = {
    "a route more": lambda new: new["paths"].update({"/v1/new": {"get": {}}}),
    "a parameter more": lambda new: new["paths"][TODOS]["get"]["parameters"].append(
        {"name": "color", "in": "query", "required": False, "schema": {"type": "string"}}
    ),
    "an answer more": lambda new: new["paths"][TODO]["get"]["responses"].update({"418": {}}),
    "a member of an answer more": lambda new: schemas(new)["TodoOut"]["properties"].update(
        color={"type": "string"}
    ),
    "a member of a body more": lambda new: schemas(new)["TodoCreate"]["properties"].update(
        color={"type": "string"}
    ),
    "a longer title": lambda new: schemas(new)["TodoCreate"]["properties"]["title"].update(maxLength=1000),
    "an answer that is never null": lambda new: schemas(new)["TodoOut"]["properties"].update(
        dueOn={"type": "string", "format": "date"}
    ),
    "an optional title": lambda new: schemas(new)["TodoCreate"].update(required=[]),
    "a public route": lambda new: new["paths"][TODO]["get"].update(security=[]),
    "a description": lambda new: schemas(new)["TodoOut"].update(description="Other words."),
}


@pytest.mark.parametrize("change", WIDENINGS.values(), ids=WIDENINGS)
def test_a_change_that_breaks_no_client_is_not_reported(new, change):
    change(new)

    assert found(new) == []
