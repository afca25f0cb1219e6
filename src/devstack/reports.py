"""Reports of the embedded AWS: lines of its log that `make run` shows."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

EXIT_STATUS = 74
"""Of the embedded AWS that ended because its state cannot be saved: `EX_IOERR` of sysexits.h."""

_MARK = "REPORT "
_LONGEST = 500
_QUIET = 60.0
"""Seconds in which the same line is not shown again: what polls fails every second."""


def line(text: str) -> str:
    """A line of the log that is to be shown."""
    return f"{_MARK}{' '.join(text.split())[:_LONGEST]}"


class Reports:
    """The new lines of a log that is written at the same time."""

    def __init__(self, log: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._clock = clock
        self._offset = 0
        self._shown: dict[str, float] = {}

    def new(self) -> Iterator[str]:
        """The texts since the last call, each once a minute at most. An unfinished line is left for the next call."""
        with self._log.open("rb") as log:
            log.seek(self._offset)
            whole, _, _ = log.read().rpartition(b"\n")
        self._offset += len(whole) + 1 if whole else 0
        for text in whole.decode(errors="replace").splitlines():
            if text.startswith(_MARK) and self._is_due(text):
                yield text.removeprefix(_MARK)

    def _is_due(self, text: str) -> bool:
        now = self._clock()
        due = now - self._shown.get(text, float("-inf")) >= _QUIET
        if due:
            self._shown[text] = now
        return due
