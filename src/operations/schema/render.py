"""`python -m operations.schema.render`: write the migrations as statements, which is how they are applied."""

import json
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from project.paths import SOURCE

MIGRATIONS = SOURCE / "app" / "repositories" / "postgres" / "migrations.json"
_VERSION_TABLE = "alembic_version"


def render() -> str:
    """All migrations, in their order, as the text of `migrations.json`."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    script = ScriptDirectory.from_config(config)
    steps = [(step.down_revision or "base", step.revision) for step in script.walk_revisions()]
    listed = [
        {"revision": to, "statements": _statements(config, f"{start}:{to}")} for start, to in reversed(steps)
    ]
    return json.dumps(listed, indent=1) + "\n"


def _statements(config: Config, step: str) -> list[str]:
    """In Alembic's offline mode, which reads nothing: a migration is SQL alone."""
    written = _Statements()
    config.attributes["buffer"] = written
    command.upgrade(config, step, sql=True)
    return written.found


class _Statements:
    """A buffer that Alembic writes one statement at a time to. The version is kept by who applies them."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def write(self, text: str) -> None:
        statement = text.strip().removesuffix(";")
        if not statement.startswith("--") and _VERSION_TABLE not in statement:
            self.found.append(statement)

    def flush(self) -> None:
        """It is written when the program ends."""


def main() -> None:
    MIGRATIONS.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
