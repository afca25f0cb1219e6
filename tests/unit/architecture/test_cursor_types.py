"""mypy tells a raw position from a signed cursor: neither passes for the other, and no string for one of them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

GIVEN = """
from app.models.pages import Page, Position
from app.models.todos import Todo, TodoQuery
from app.ports.todos import TodoRepository
from app.services.cursors import Cursor, CursorPage, CursorSigner

def use(signer: CursorSigner, todos: TodoRepository, cursor: Cursor, position: Position, text: str) -> None:
    query = TodoQuery()
"""
RIGHT = [
    'todos.list("ann", query, limit=1, position=signer.verify("ann", query, cursor))',
    'next: CursorPage[Todo] = CursorPage((), signer.sign("ann", query, position))',
]
MIXED = [
    'todos.list("ann", query, limit=1, position=cursor)',
    'todos.list("ann", query, limit=1, position=text)',
    'signer.verify("ann", query, position)',
    'signer.sign("ann", query, cursor)',
    "CursorPage((), position)",
    "CursorPage((), text)",
    "Page((), cursor)",
]


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> str:
    module = tmp_path_factory.mktemp("types") / "mixed.py"
    module.write_text(GIVEN + "".join(f"    {line}\n" for line in RIGHT + MIXED))
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--follow-imports",
        "silent",
        "--cache-dir",
        os.devnull,
        str(module),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1, done.stderr
    return done.stdout


@pytest.mark.parametrize("line", MIXED)
def test_mypy_refuses_to_mix_them(verdict: str, line: str) -> None:
    number = len(GIVEN.splitlines()) + len(RIGHT) + MIXED.index(line) + 1

    assert f"mixed.py:{number}: error:" in verdict


def test_mypy_accepts_each_in_its_place(verdict: str) -> None:
    assert verdict.count("error:") == len(MIXED)
