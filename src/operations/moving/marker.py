"""What protects the data of the target: a move goes on only where it has begun, and begins only where nothing is."""

from operations.journal import Journal
from operations.moving.belongings import Engine
from project.errors import StackError

_STEP = "move to {}"


class Marker:
    """The record, in the stage's Operations table, of a move to the engine `target`."""

    def __init__(self, journal: Journal, target: str) -> None:
        self._journal = journal
        self._step = _STEP.format(target)

    def begin(self, target: Engine, *, replaced: int | None = None) -> None:
        """Record that what `target` holds from here on is a copy. `replaced`: the number of its users to write over.

        Raises:
            StackError: it holds something else.
        """
        if self.is_under_way:
            return
        found = sum(1 for _ in target.user_ids())
        if found != (replaced or 0):
            raise StackError(
                f"the target holds {found} users that are not of a move under way: nothing is copied."
                " To write over them, give their number with --replace"
            )
        self._journal.forget(self._step)
        self._journal.keep(self._step, {"S": "begun"})

    def finish(self) -> None:
        """From here on what the target holds is its own."""
        self._journal.finish(self._step)

    @property
    def is_under_way(self) -> bool:
        """Return whether it has begun and not been finished."""
        return self._journal.position(self._step) is not None
