"""The stages of `samconfig.toml`: the name of each one's stack, and the parameters it is deployed with."""

import shlex
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from project.errors import StackError

SAMCONFIG = Path(__file__).parents[2] / "samconfig.toml"


@dataclass(frozen=True, slots=True)
class Stage:
    """One section of samconfig.toml."""

    name: str
    stack: str
    parameters: dict[str, str]
    tags: dict[str, str]


def find(name: str) -> Stage:
    """Raises:
    StackError: there is no such stage.
    """
    config = tomllib.loads(SAMCONFIG.read_text(encoding="utf-8"))
    section = config.get(name)
    if not isinstance(section, dict) or not (stack := _setting(section, "stack_name")):
        raise StackError(f"samconfig.toml has no stage {name!r}")
    return Stage(
        name,
        stack,
        _pairs(_setting(section, "parameter_overrides")),
        _pairs(_setting(section, "tags")),
    )


def _setting(section: dict[str, Any], name: str) -> Any:
    """A command's own settings go before those of all commands."""
    for command in ("deploy", "global"):
        parameters = section.get(command, {}).get("parameters", {})
        if name in parameters:
            return parameters[name]
    return None


def _pairs(setting: str | list[str] | None) -> dict[str, str]:
    """SAM takes `"A=1 B='2 3'"` and `["A=1", "B=2 3"]`."""
    words = shlex.split(setting) if isinstance(setting, str) else setting or []
    pairs = (word.partition("=") for word in words)
    return {key: value.strip("\"'") for key, _, value in pairs}
