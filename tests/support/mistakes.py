"""Mistakes that people make in `template.yaml`, seeded into the real one: who checks it must find them.

Each is a file in `tests/deployment/mistakes`: what is wrong, what must find it and say, and how to make it. A patch
works on the parsed template, by paths such as `Resources/ApiRole/Properties/Policies/0/PolicyName`; in a list,
`[Sid=Users]` is the item that has it.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

FOLDER = Path(__file__).parents[1] / "deployment" / "mistakes"
Template = dict[str, Any]


class DoesNotApply(Exception):
    """The template has changed so that the mistake cannot be made there any more: seed it in another way."""


@dataclass(frozen=True)
class Mistake:
    name: str
    description: str
    tool: str
    """`rules`, `text`, `cfn-lint`, `checkov`, `calls`"""
    rule: str
    finding: str
    """A regular expression of what must be said."""
    patch: tuple[dict[str, Any], ...] = ()
    append: str = ""
    parameters: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    def in_template(self, template: Template) -> Template:
        """Raises:
        DoesNotApply: a path leads nowhere, or changes nothing.
        """
        mistaken = copy.deepcopy(template)
        for step in self.patch:
            _apply(mistaken, step)
        return mistaken


def mistakes(*tools: str) -> list[Mistake]:
    found = (_read(path) for path in sorted(FOLDER.glob("*.yaml")))
    return [mistake for mistake in found if mistake.tool in tools]


def _read(path: Path) -> Mistake:
    parsed = yaml_parse(path.read_text())
    return Mistake(name=path.stem, **{**parsed, "patch": tuple(parsed.get("patch", ()))})


def _apply(template: Template, step: dict[str, Any]) -> None:
    (act,) = step.keys() & {"set", "add", "remove"}
    holder, key = _walk(template, step[act])
    present = key in holder if isinstance(holder, dict) else key < len(holder)
    if present == (act == "add"):
        raise DoesNotApply(f"{act} {step[act]}: it is {'there' if present else 'not there'}")
    if act == "remove":
        del holder[key]
    elif present and holder[key] == step["value"]:
        raise DoesNotApply(f"set {step['set']}: it is so already")
    elif isinstance(holder, list) and not present:
        holder.append(step["value"])
    else:
        holder[key] = step["value"]


def _walk(template: Template, path: str) -> tuple[Any, Any]:
    """Return the object that holds the last step of the path, and that step as its key there."""
    holder: Any = template
    *steps, last = _steps(path)
    for step in steps:
        try:
            holder = holder[_key(holder, step)]
        except (KeyError, IndexError) as error:
            raise DoesNotApply(f"{path}: no {step}") from error
    return holder, _key(holder, last)


def _steps(path: str) -> Iterator[str]:
    yield from path.split("/")


def _key(holder: Any, step: str) -> Any:
    """A step into a list is an index, `-` (behind its end), or `[Name=value]` of the item."""
    if isinstance(holder, dict):
        return step
    if not isinstance(holder, list):
        raise DoesNotApply(f"{step}: there is nothing to step into")
    if step == "-":
        return len(holder)
    if not step.startswith("["):
        return int(step)
    name, _, value = step.strip("[]").partition("=")
    for index, item in enumerate(holder):
        if str(item.get(name)) == value:
            return index
    raise DoesNotApply(f"no item with {name}={value}")
