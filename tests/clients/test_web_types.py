"""`make web-types` can fail: each seeded mistake in a copy of the web app is found, where it is."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NODE = ROOT / ".venv-contract" / "bin" / "node"
TSC = ROOT / "tests" / "clients" / "node_modules" / ".bin" / "tsc"

MISTAKES = {
    "a misspelt field of a to-do": ("app/changes.js", 'title: ""', 'titel: ""'),
    "a field that the contract lacks": ("app/filters.js", "todo.completed === ", "todo.complete === "),
    "arguments in another order": (
        "app/api.js",
        "send(method, path, options, token)",
        "send(method, path, token, options)",
    ),
    "an element that may be missing": (
        "app/ui.js",
        'within(document, "#toasts")',
        'document.querySelector("#toasts")',
    ),
    "a field that an answer lacks": ("pages/admin/stats.js", "stats.users", "stats.people"),
    "what is null when signed out": ("pages/account/folder.js", "tokens()?.id_token", "tokens().id_token"),
    "a parameter without a type": ("app/clipboard.js", "/** @param {string} text */\n", ""),
    "a module that is not there": ("app/main.js", "/pages/files.js", "/pages/file.js"),
}


def check(folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [NODE, TSC, "--project", folder / "web" / "jsconfig.json"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "web", tmp_path / "web")
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    return tmp_path


def test_the_web_app_has_no_mistake(folder):
    assert check(folder).stdout == ""


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found_where_it_is(folder, mistake):
    name, right, wrong = MISTAKES[mistake]
    file = folder / "web" / name
    assert right in file.read_text()
    file.write_text(file.read_text().replace(right, wrong))

    found = check(folder)

    assert found.returncode != 0
    assert f"web/{name}(" in found.stdout
