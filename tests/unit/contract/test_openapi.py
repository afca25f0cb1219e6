"""The committed contract: current, complete, and good to generate clients from."""

import json
import re

import pytest

from app.auth.public_paths import PUBLIC_PATHS
from app.problems import MEDIA_TYPE
from project.openapi import render
from support.contract import DOCUMENT, ROOT, operations

OPERATIONS = operations()
every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=[o.id for o in OPERATIONS])


def test_the_committed_document_is_current():
    assert render() == (ROOT / "openapi.json").read_text(), "run `make openapi` and review the difference"


def test_client_method_names_are_unique_and_readable():
    names = [operation.id for operation in OPERATIONS]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", name) for name in names), names


@every_operation
def test_every_route_has_a_summary_and_a_tag(operation):
    assert operation.spec["summary"]
    assert operation.spec["tags"]


@every_operation
def test_every_route_documents_its_problems(operation):
    if operation.path == "/healthz":
        return
    answers = operation.spec["responses"]
    expected = {"429", "503"} | (set() if operation.public else {"401"})
    assert expected <= set(answers)
    for status, answer in answers.items():
        if int(status) >= 400 and status != "403":  # which may be the gateway's alone
            assert answer["content"][MEDIA_TYPE]["schema"] == {"$ref": "#/components/schemas/Problem"}, status


@every_operation
def test_every_json_body_has_an_example_that_is_valid(operation):
    schema = operation.body_schema()
    if schema is not None:
        assert set(schema["examples"][0]) <= set(schema["properties"])
        assert set(schema.get("required", [])) <= set(schema["examples"][0])


def test_what_needs_no_token_is_exactly_what_gives_one():
    public = {
        operation.path for operation in OPERATIONS if operation.public and operation.path.startswith("/v1/")
    }

    assert public == set(PUBLIC_PATHS)


def test_the_document_is_self_contained():
    references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DOCUMENT)))

    assert references <= set(DOCUMENT["components"]["schemas"])
