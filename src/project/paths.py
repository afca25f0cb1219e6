"""Paths of the project, and a digest of the application's source."""

import hashlib
from pathlib import Path

SOURCE = Path(__file__).parents[1]
PROJECT = SOURCE.parent
APPLICATION = SOURCE / "app"
TEMPLATE = PROJECT / "template.yaml"
WEB = PROJECT / "web"


def digest(root: Path = APPLICATION) -> str:
    """Changes when any file of the application does: what makes the functions load the new code."""
    total = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            total.update(f"{path.relative_to(root)}\0".encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
