"""A field of a to-do is added to the model, to the three schemas and to the item: here fails what was forgotten."""

import re
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from app.models.todos import Todo, TodoContent, content_of
from app.repositories.dynamodb.todo_items import live_item, todo_from
from app.schemas.export import TodoImport
from app.schemas.todos import TodoCreate, TodoOut, TodoPatch, TodoReplace

CONTENT = {field.name for field in fields(TodoContent)}
MOMENT = datetime(2026, 12, 1, 8, tzinfo=UTC)
FULL = Todo(
    id="t1",
    title="Buy oat milk",
    notes="The barista one",
    completed=True,
    completed_at=MOMENT,
    due_on=date(2026, 12, 1),
    due_at=MOMENT,
    priority="high",
    tags=("shopping",),
    list="errands",
    created_at=MOMENT,
    updated_at=MOMENT,
    version=3,
    revision=42,
    history="what changed when",
)


@pytest.mark.parametrize("schema", [TodoReplace, TodoPatch])
def test_a_client_can_say_all_of_the_content_and_nothing_else(schema: type[BaseModel]) -> None:
    assert set(schema.model_fields) == CONTENT


@pytest.mark.parametrize("schema", [TodoCreate, TodoImport])
def test_what_is_made_from_a_whole_to_do_has_all_of_the_content(schema: type[BaseModel]) -> None:
    assert set(schema.model_fields) > CONTENT


def test_a_client_is_shown_every_field_but_the_history() -> None:
    assert set(TodoOut.model_fields) == {field.name for field in fields(Todo)} - {"history"}


def test_the_web_app_knows_all_of_the_content() -> None:
    script = (Path(__file__).parents[3] / "web/app/changes.js").read_text()
    blank = re.search(r"export const BLANK = \{(.*?)\};", script, re.DOTALL)
    assert blank is not None

    assert set(re.findall(r"^  (\w+):", blank[1], re.MULTILINE)) == set(map(to_camel, CONTENT))


def test_an_item_holds_every_field() -> None:
    defaults = Todo(id="", title="")
    assert all(getattr(FULL, field.name) != getattr(defaults, field.name) for field in fields(Todo))

    assert todo_from(live_item("ann", FULL)) == FULL


def test_content_is_taken_from_anything_that_has_it() -> None:
    assert content_of(FULL) == content_of(TodoContent(**content_of(FULL)))
    assert set(content_of(FULL)) == CONTENT
