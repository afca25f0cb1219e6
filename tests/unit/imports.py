"""The modules that an import loads, in a process of its own: cold starts pay for all of it."""

import subprocess
import sys


def loaded_by(module: str) -> set[str]:
    """The top-level packages that are loaded once `module` is."""
    program = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    answer = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    return set(answer.stdout.split())
