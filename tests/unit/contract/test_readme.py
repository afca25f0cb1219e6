"""What the README shows of answers. `.ci/fresh-clone` walks through all of it, which takes minutes and curl."""

import json
import re

from support.launch import ROOT


def test_the_export_has_the_parts_that_the_readme_shows() -> None:
    contract = json.loads((ROOT / "openapi.json").read_text())
    shown = re.findall(r"^exportedAt .*$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert shown == [" ".join(contract["components"]["schemas"]["ExportOut"]["properties"])]
