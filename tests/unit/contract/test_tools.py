"""The npm packages of the linters and of the TypeScript clients, as they are locked."""

import json

from support.contract import ROOT

TEXT = (ROOT / "tests" / "clients" / "package-lock.json").read_text()
LOCK = json.loads(TEXT)


def test_every_package_is_locked_by_its_hash_and_none_to_an_address():
    assert "://" not in TEXT
    for name, package in LOCK["packages"].items():
        assert "resolved" not in package, name
        assert not name or package["integrity"].startswith("sha512-"), name
