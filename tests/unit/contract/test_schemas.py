"""The shape of the schemas: what every client generator can read."""

import calendar
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import ValidationError

from app.errors import BadRequest
from app.routers.preconditions import precondition
from app.schemas.files import FileCreate
from app.schemas.todos import TodoListParams
from support.contract import DOCUMENT, operations, resolve

SCHEMAS = DOCUMENT["components"]["schemas"]
OPERATIONS = operations()
every_schema = pytest.mark.parametrize("name", SCHEMAS)
NULL = {"type": "null"}
ENUMS = {
    "ActivityKind",
    "AlarmState",
    "AuditOutcome",
    "ChangeOp",
    "CostStatus",
    "FileStatus",
    "ImportStatus",
    "ImportTarget",
    "Priority",
    "QueueName",
    "SessionClient",
    "Sort",
    "UserStatus",
    "Verdict",
}


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    whole = {**schema, "components": DOCUMENT["components"]}
    return Draft202012Validator(whole, format_checker=FormatChecker())


def inner(schema: Any) -> Iterator[dict[str, Any]]:
    """The schema and all that it is made of, references not followed."""
    yield schema
    parts = [schema.get("items"), schema.get("additionalProperties"), *schema.get("properties", {}).values()]
    for keyword in ("anyOf", "oneOf", "allOf"):
        parts += schema.get(keyword, [])
    for part in parts:
        if isinstance(part, dict):
            yield from inner(part)


def properties(ends: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{name}.{field}", without_null(spec))
        for name, schema in SCHEMAS.items()
        for field, spec in schema.get("properties", {}).items()
        if re.search(ends, field)
    ]


def without_null(schema: dict[str, Any]) -> dict[str, Any]:
    alternatives = [part for part in schema.get("anyOf", []) if part != NULL]
    return alternatives[0] if len(alternatives) == 1 else schema


@every_schema
def test_every_schema_has_examples_that_fit_it(name):
    schema = SCHEMAS[name]

    assert schema["examples"]
    for example in schema["examples"]:
        assert [error.message for error in validator(schema).iter_errors(example)] == []


@every_schema
def test_titles_are_for_people_and_only_a_component_has_one(name):
    title = SCHEMAS[name]["title"]

    assert re.fullmatch(r"[A-Z][a-z-]*( [a-z-]+)*", title)
    assert [part for part in inner(SCHEMAS[name]) if part is not SCHEMAS[name] and "title" in part] == []


@every_schema
def test_every_object_says_what_it_is(name):
    assert "enum" in SCHEMAS[name] or SCHEMAS[name]["description"]


@pytest.mark.parametrize(("field", "spec"), properties(r"(At|asOf|since)$|^at$"))
def test_every_time_is_a_date_time(field, spec):
    assert (spec["type"], spec["format"]) == ("string", "date-time")


@pytest.mark.parametrize(("field", "spec"), properties(r"(On|[dD]ate)$"))
def test_every_day_is_a_date(field, spec):
    as_taken_in = ("UserDataOut.birthDate", "ImportPreviewRow.birthDate")  # a year may be all that is known
    if field not in as_taken_in:
        assert (spec["type"], spec["format"]) == ("string", "date")


@pytest.mark.parametrize(("field", "spec"), properties(r"^id$|Id$"))
def test_every_id_says_its_form(field, spec):
    if not field.endswith(("requestId", "accessKeyId", "uploadId")):  # of AWS, opaque
        assert "format" in spec or "pattern" in spec


def test_enums_are_named():
    assert {name for name, schema in SCHEMAS.items() if "enum" in schema} == ENUMS
    inline = [
        name
        for name, schema in SCHEMAS.items()
        for part in inner(schema)
        if "enum" in part and part is not schema
    ]
    assert inline == []


def test_answers_accept_further_fields_and_bodies_do_not():
    bodies = [o.body_schema() for o in OPERATIONS]
    closed = {name for name, schema in SCHEMAS.items() if schema.get("additionalProperties") is False}
    open_on_purpose = {"TodosImport", "TodoImport", "PasswordGrant"}

    sent = {name for name, schema in SCHEMAS.items() if schema in bodies}
    assert sent - closed <= open_on_purpose
    mutations = {
        "CreateMutation",
        "PatchMutation",
        "DeleteMutation",
        "RestoreMutation",
        "TodoEdit",
        "TagEdit",
    }
    assert closed - sent == {"FinishedPart", *mutations}


def test_an_upload_is_discriminated_by_its_kind():
    upload = SCHEMAS["Upload"]
    kinds = {resolve(part)["properties"]["kind"]["const"] for part in upload["oneOf"]}

    assert kinds == set(upload["discriminator"]["mapping"]) == {"form", "parts"}
    assert upload["discriminator"]["propertyName"] == "kind"
    assert all("kind" in resolve(part)["required"] for part in upload["oneOf"])
    assert without_null(SCHEMAS["FileCreated"]["properties"]["upload"]) == {
        "$ref": "#/components/schemas/Upload"
    }


def test_a_problem_declares_what_it_may_carry():
    members = SCHEMAS["Problem"]["properties"]

    assert members["current"]["anyOf"] == [{"$ref": "#/components/schemas/TodoOut"}, NULL]
    assert members["errors"]["items"] == {"$ref": "#/components/schemas/FieldProblem"}
    assert {"errors", "current", "id", "version", "deletedAt", "usage"}.isdisjoint(
        SCHEMAS["Problem"]["required"]
    )


@pytest.mark.parametrize(
    ("name", "parameter"),
    [(f"{o.id} {p['name']}", p) for o in OPERATIONS for p in o.spec.get("parameters", [])],
)
def test_no_parameter_is_null_or_a_choice_of_forms(name, parameter):
    schema = parameter["schema"]

    assert {"anyOf", "oneOf", "title"}.isdisjoint(schema)
    assert "$ref" in schema or isinstance(schema["type"], str)
    assert parameter["description"] or parameter["name"] == "id"


@pytest.mark.parametrize("value", ["", " ", "\u200b", "two\nlines", "bell\x07", "next\x85line"])
def test_what_is_no_line_of_text_does_not_fit_the_schema(value):
    assert not validator(SCHEMAS["TodoCreate"]).is_valid({"title": value})


@pytest.mark.parametrize("value", ["Buy oat milk", "Straße", "日本語", "👩‍👩‍👧", "a\u200bb"])
def test_what_is_a_line_of_text_fits_the_schema(value):
    assert validator(SCHEMAS["TodoCreate"]).is_valid({"title": value})


@pytest.mark.parametrize(
    ("field", "value", "fits"),
    [
        ("dueOn", "2026-12-01", True),
        ("dueOn", "0026-12-01", False),
        ("dueAt", "2026-11-21T09:30:00Z", True),
        ("dueAt", "2026-11-21t09:30:00.123456789+14:00", True),
        ("dueAt", "2026-11-21T09:30:00+14:30", False),
        ("dueAt", "1899-12-31T00:00:00Z", False),
    ],
)
def test_the_bounds_of_dates_are_in_the_schema(field, value, fits):
    assert validator(SCHEMAS["TodoCreate"]).is_valid({"title": "x", field: value}) is fits


def parameter(route, name):
    operation = next(o for o in OPERATIONS if o.id == route)
    return next(p["schema"] for p in operation.spec["parameters"] if p["name"] == name)


@pytest.mark.parametrize("tags", ["*", " * ", '"3"', 'W/"3"', '"a,b" , W/"c"', '"3",,', '""', "", '"\xff"'])
def test_a_list_of_entity_tags_fits_the_schema_and_is_taken(tags):
    assert validator(parameter("updateTodo", "If-Match")).is_valid(tags)
    precondition(tags, tags)


@pytest.mark.parametrize("tags", ["3", "W/3", '"3', '"3" "4"', 'w/"3"', '*, "3"', '"\u0100"'])
def test_what_is_no_list_of_entity_tags_does_not_fit_the_schema_and_is_refused(tags):
    assert not validator(parameter("updateTodo", "If-Match")).is_valid(tags)
    with pytest.raises(BadRequest):
        precondition(tags, None)


@pytest.mark.parametrize(
    ("bound", "fits"),
    [
        ("2026-12-01", True),
        ("2028-02-29T23:59:59.5+14:00", True),
        ("2000-02-29", True),
        ("2400-02-29T09:30:00Z", True),
        ("1900-02-29", False),
        ("1995-02-29t20:39:51.8702-03:41", False),
        ("6880-82-43", False),
        ("2026-04-31", False),
        ("2026-12-01T24:30:00Z", False),
        ("2026-12-01T09:30:00", False),
        ("1899-12-31", False),
    ],
)
def test_a_bound_fits_the_schema_if_it_is_taken(bound, fits):
    assert validator(parameter("listTodos", "dueAfter")).is_valid(bound) is fits
    if fits:
        TodoListParams.model_validate({"dueAfter": bound})
    else:
        with pytest.raises(ValidationError):
            TodoListParams.model_validate({"dueAfter": bound})


def test_the_days_that_fit_the_schema_are_those_of_the_calendar():
    fits = validator(parameter("listTodos", "dueAfter")).is_valid

    for year in (*range(1900, 2410), 2800, 3000, 3600, 9999):
        assert fits(f"{year}-02-29") is calendar.isleap(year), year
        assert fits(f"{year}-02-28"), year


def test_an_empty_grant_type_fits_the_schema():
    grant = {"username": "ada@example.com", "password": "Correct-Horse-7"}

    assert validator(SCHEMAS["PasswordGrant"]).is_valid({**grant, "grant_type": ""})
    assert not validator(SCHEMAS["PasswordGrant"]).is_valid({**grant, "grant_type": "code"})


@pytest.mark.parametrize("schema", ["FileCreate", "ImportCreate"])
@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("Straße 1.txt", True),
        ("日本語", True),
        ("a/b", False),
        ("a\\b", False),
        ("a\u0091b", False),
        ("exe.\u202etxt", False),
        ("\u200b", False),
    ],
)
def test_what_a_file_name_cannot_contain_is_in_the_schema(schema, name, fits):
    body = {"contentType": "text/plain", "size": 1, "name": name}

    assert validator(SCHEMAS[schema]).is_valid(body) is fits
    if fits:
        FileCreate.model_validate(body)
    else:
        with pytest.raises(ValidationError):
            FileCreate.model_validate(body)
