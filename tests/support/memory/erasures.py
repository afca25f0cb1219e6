from collections.abc import Iterator

from app.ports.users import ErasureState
from support.memory.operations import MemoryOperations


class MemoryErasures:
    """The `ErasureRepository` in memory."""

    def __init__(self, operations: MemoryOperations | None = None) -> None:
        self.marks: dict[str, ErasureState] = {}
        self._operations = operations or MemoryOperations()

    def state(self, user_id: str) -> ErasureState | None:
        return self.marks.get(user_id)

    def begin(self, user_id: str) -> None:
        self.marks.setdefault(user_id, "begun")

    def finish(self, user_id: str) -> None:
        self.marks[user_id] = "finished"

    def erase_operations(self, user_id: str) -> Iterator[int]:
        yield self._operations.erase(user_id)
