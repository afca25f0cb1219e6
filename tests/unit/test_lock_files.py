"""The lock files: each package with its version and its hashes, and no address to take it from."""

import json
import re

import pytest

from project.paths import PROJECT

NPM = PROJECT / "tests/clients/package-lock.json"
PYTHON = [
    *sorted((PROJECT / "requirements").glob("*.txt")),
    PROJECT / "tests/deployment/base/requirements.txt",
]
PACKAGE = re.compile(r"[a-z0-9-]+(\[[a-z0-9,-]+\])?==[^\s;]+( ; [^\\]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(PROJECT)))
def test_a_python_lock_holds_versions_and_hashes_only(path):
    lines = path.read_text().splitlines()

    assert any(HASH.fullmatch(line) for line in lines)
    assert [line for line in lines if not PACKAGE.fullmatch(line) and not HASH.fullmatch(line)] == []


def test_every_npm_package_is_locked_by_its_hash_and_none_to_an_address():
    text = NPM.read_text()

    assert "://" not in text
    for name, package in json.loads(text)["packages"].items():
        assert "resolved" not in package, name
        assert not name or package["integrity"].startswith("sha512-"), name


def test_every_lock_of_the_makefile_is_there():
    named = set(re.findall(r" -o (\S+\.txt)$", (PROJECT / "Makefile").read_text(), re.MULTILINE))

    assert named == {str(path.relative_to(PROJECT)) for path in PYTHON}
