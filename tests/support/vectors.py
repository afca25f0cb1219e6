"""Examples of text that Python and the web app's JavaScript must treat alike."""

import json
from pathlib import Path
from typing import Any

TEXT: dict[str, list[Any]] = json.loads(Path(__file__).with_name("text_vectors.json").read_text())
"""`fold`: text and its folded form. `found` and `notFound`: text and a search. `blank` and `visible`: text."""
