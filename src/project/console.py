"""Output for the terminal: a line per step with its time, and the summary."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    @contextmanager
    def step(self, title: str) -> Iterator[None]: ...


class Silent:
    """For tests."""

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        del title
        yield


class Console:
    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Print `title` at once and the seconds it took when it is done."""
        print(f"  {title:<34}", end="", flush=True)
        begin = time.monotonic()
        try:
            yield
        except BaseException:
            print(flush=True)
            raise
        print(f"{time.monotonic() - begin:5.1f} s", flush=True)

    def say(self, text: str = "") -> None:
        print(text, flush=True)


def fail(message: str) -> None:
    """One line, even where the message quotes several."""
    print(f"Error: {' '.join(message.split())}", file=sys.stderr, flush=True)


def table(rows: dict[str, str]) -> str:
    width = max(map(len, rows)) + 2
    return "\n".join(f"  {label:<{width}}{value}" for label, value in rows.items())
