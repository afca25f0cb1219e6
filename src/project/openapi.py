"""Write `openapi.json`, the committed contract of the API: `python -m project.openapi`."""

import json
from dataclasses import fields
from pathlib import Path

from app.config.api import Settings
from app.main import create_app

_DERIVED = {"root_path", "token_issuer", "jwks_url"}
"""Settings that need no variable."""


def _environment() -> dict[str, str]:
    """Each variable that must be set, with a value that leads nowhere."""
    required = [f.name.upper() for f in fields(Settings) if f.type is str and f.name not in _DERIVED]
    return {**dict.fromkeys(required, "contract"), "STAGE": "local"}


def render() -> str:
    """The contract as it is committed. It does not depend on the deployment."""
    app = create_app(Settings.from_env(_environment()))
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path("openapi.json").write_text(render(), encoding="utf-8")
