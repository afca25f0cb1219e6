"""Run the README's walk-through against a running stack, and compare each answer with what the README says.

python3 .ci/walkthrough.py http://127.0.0.1:8000

A step of which the README says `walk, until it is so` only looks, and at what takes a moment: it is done again for
a while, as this is quicker than anybody who types.
"""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

README = Path(__file__).parents[1] / "README.md"
STEP = re.compile(
    r"<!-- walk(?P<until>, until it is so)? -->\n```sh\n(?P<commands>.*?)```\n\n```\w*\n(?P<said>.*?)```",
    re.DOTALL,
)
MARK = "----- next step -----"
SECONDS = 100
"""For what takes a moment; longer than an answer stays in the cache. The whole may take five times as long."""


class Step(NamedTuple):
    commands: str
    said: str
    looks_again: bool


class Shell:
    """One bash for all steps, as they set variables for each other."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._stdin, self._stdout = process.stdin, process.stdout

    def run(self, commands: str) -> str | None:
        """What they print; nothing at all when the shell has ended on the way."""
        self._stdin.write(f"{commands}\necho\necho '{MARK}'\n")
        self._stdin.flush()
        lines: list[str] = []
        for line in self._stdout:
            if line.strip() == MARK:
                return "".join(lines).replace("\r", "")
            lines.append(line)
        print("".join(lines))
        return None


@contextmanager
def shell() -> Iterator[Shell]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(["bash", "-eu"], **pipes) as process:
        watchdog = threading.Timer(5 * SECONDS, process.kill)
        watchdog.start()
        try:
            yield Shell(process)
        finally:
            watchdog.cancel()
            process.kill()


def main(url: str) -> int:
    text = README.read_text(encoding="utf-8").replace("http://127.0.0.1:8000", url)
    steps = [Step(found["commands"], found["said"], bool(found["until"])) for found in STEP.finditer(text)]
    right = 0
    with shell() as bash:
        for number, step in enumerate(steps, 1):
            answer = walk(bash, step)
            if answer is None:
                print(f"the walk-through broke off in step {number} of {len(steps)}")
                return 1
            if agrees(step.said, answer):
                right += 1
            else:
                print(f"step {number}\n--- the README says\n{step.said}\n--- but it is\n{answer.strip()}\n")
    print(f"README walk-through: {right} of {len(steps)} steps as written")
    return 0 if right == len(steps) > 0 else 1


def walk(bash: Shell, step: Step) -> str | None:
    if not step.looks_again:
        return bash.run(step.commands)
    deadline = time.monotonic() + SECONDS
    while True:
        answer = bash.run(f"set +e\n{step.commands}\nset -e")
        if answer is None or agrees(step.said, answer) or time.monotonic() > deadline:
            return answer
        time.sleep(0.5)


def agrees(said: str, got: str) -> bool:
    """Whether the answer is what the README says, `…` standing for anything within a line."""
    pattern = ".*?".join(re.escape(part) for part in said.strip().split("…"))
    return re.fullmatch(pattern, got.strip()) is not None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
