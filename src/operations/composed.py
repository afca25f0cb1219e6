"""The stored form of a to-do's text, for data that were stored before there was one."""

from dataclasses import replace

from app.models.todos import Todo
from app.text import nfc


def composed(todo: Todo) -> Todo:
    """The to-do with its text in NFC; `todo` itself where it is."""
    tags = tuple(dict.fromkeys(map(nfc, todo.tags)))
    other = replace(todo, title=nfc(todo.title), notes=nfc(todo.notes), list=nfc(todo.list), tags=tags)
    return todo if other == todo else other
