"""A user at a terminal: waits for a question, and types the answer."""

import os
import re
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_SECONDS = 600
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_QUESTION = re.compile(r"^\s*(?P<asked>Parameter \w+|[A-Z][^\n\[:]*(?= \[))(?: \[[^\n]*\])?: $")
"""A question shows the default in brackets; only a secret has none."""


@dataclass
class Conversation:
    """`asked` are the questions in their order, each with what was typed."""

    screen: bytes = b""
    asked: dict[str, str] = field(default_factory=dict)
    status: int | None = None

    @property
    def transcript(self) -> str:
        return _STYLE.sub("", self.screen.decode(errors="replace")).replace("\r\n", "\n")

    def question(self) -> str | None:
        """The last line, which waits for an answer."""
        found = _QUESTION.match(self.transcript.rpartition("\n")[2])
        return found["asked"] if found else None

    def answer(self, question: str, answers: Mapping[str, str]) -> str:
        """Fail if the same question comes again: it would come endlessly."""
        assert question not in self.asked, (
            f"{question!r} took no {self.asked[question]!r}:\n{self.transcript}"
        )
        self.asked[question] = answers.get(question, "")
        return self.asked[question]


def converse(
    command: Sequence[str | Path], answers: Mapping[str, str], *, cwd: Path, env: Mapping[str, str]
) -> Conversation:
    """Run `command` and answer its questions; what is not in `answers` gets the Enter key only."""
    ours, theirs = os.openpty()
    with os.fdopen(ours, "r+b", buffering=0) as screen:
        with os.fdopen(theirs, "r+b", buffering=0) as terminal:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=dict(env),
                stdin=terminal,
                stdout=terminal,
                stderr=terminal,
                start_new_session=True,
            )
        try:
            return _talk(process, screen.fileno(), answers)
        finally:
            process.kill()
            process.wait()


def _talk(process: "subprocess.Popen[bytes]", screen: int, answers: Mapping[str, str]) -> Conversation:
    said = Conversation()
    deadline = time.monotonic() + _SECONDS
    while text := _read(screen, deadline, said):
        said.screen += text
        if question := said.question():
            os.write(screen, f"{said.answer(question, answers)}\n".encode())
    said.status = process.wait(deadline - time.monotonic())
    return said


def _read(screen: int, deadline: float, said: Conversation) -> bytes:
    """The next output; empty when the command has ended."""
    ready, _, _ = select.select([screen], [], [], max(0, deadline - time.monotonic()))
    assert ready, f"no end in {_SECONDS} s:\n{said.transcript}"
    try:
        return os.read(screen, 65536)
    except OSError:  # Linux's sign that no process has the terminal open
        return b""
