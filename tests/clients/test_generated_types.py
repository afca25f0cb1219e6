"""The Kotlin and Swift types that a contract gets wrong most easily, compared with the expected text."""

import re
from pathlib import Path

import pytest

EXPECTED = Path(__file__).parent / "expected"
FILES = sorted(path.relative_to(EXPECTED) for path in EXPECTED.glob("*/*"))
DECLARATIONS = {
    "kotlin": re.compile(r"^package \S+\n(?:\s|import \S+\n)*", re.MULTILINE),
    "swift": re.compile(r"^import Foundation\n\s*", re.MULTILINE),
}
"""What comes before them: a header that quotes the whole description of the API, and imports."""


@pytest.mark.parametrize("file", FILES, ids=map(str, FILES))
def test_a_generated_type_is_the_expected_one(made, workshop, file) -> None:
    language = file.parts[0]
    made(language)
    (path,) = (workshop / "generated" / language).rglob(file.name)

    declared = DECLARATIONS[language].split(path.read_text(), maxsplit=1)[1]

    assert declared == (EXPECTED / file).read_text(), f"generated: {path}"
