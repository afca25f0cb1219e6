"""Pages of lists."""

from dataclasses import dataclass
from typing import Generic, NewType, TypeVar

T_co = TypeVar("T_co", covariant=True)

Position = NewType("Position", str)
"""Where a page of a list ends, as its engine writes it. Clients get a signed cursor: see `app.services.cursors`."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """Some items of a list and the position after them: `None` at the end, opaque outside the engine."""

    items: tuple[T_co, ...]
    position: Position | None
