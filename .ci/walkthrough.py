"""Run the README's walk-through against a running stack, and compare each answer with what the README says.

python3 .ci/walkthrough.py http://127.0.0.1:8000
"""

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
STEP = re.compile(r"<!-- walk -->\n```sh\n(?P<commands>.*?)```\n\n```\w*\n(?P<answer>.*?)```", re.DOTALL)
MARK = "----- next step -----"


def main(url: str) -> int:
    text = README.read_text(encoding="utf-8").replace("http://127.0.0.1:8000", url)
    steps = [(match["commands"], match["answer"]) for match in STEP.finditer(text)]
    script = f"\necho\necho '{MARK}'\n".join(commands for commands, _ in steps)
    ran = subprocess.run(
        ["bash", "-eu"], input=script, capture_output=True, text=True, timeout=60, check=False
    )
    answers = ran.stdout.replace("\r", "").split(MARK)
    if ran.returncode or len(answers) != len(steps) or not steps:
        print(
            f"the walk-through broke off in step {len(answers)} of {len(steps)}:\n{ran.stdout}\n{ran.stderr}"
        )
        return 1
    wrong = [
        n for n, ((_, said), got) in enumerate(zip(steps, answers, strict=True), 1) if not agrees(said, got)
    ]
    for n in wrong:
        print(f"step {n}\n--- the README says\n{steps[n - 1][1]}\n--- but it is\n{answers[n - 1].strip()}\n")
    print(f"README walk-through: {len(steps) - len(wrong)} of {len(steps)} steps as written")
    return 1 if wrong else 0


def agrees(said: str, got: str) -> bool:
    """Whether the answer is what the README says, `…` standing for anything within a line."""
    pattern = ".*?".join(re.escape(part) for part in said.strip().split("…"))
    return re.fullmatch(pattern, got.strip()) is not None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
