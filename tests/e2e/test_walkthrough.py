"""What the README shows is what a new user gets: each of its commands is run, and each answer compared."""

import subprocess
import sys
from pathlib import Path

from support.launch import ROOT, Launch


def test_each_step_of_the_readme_answers_as_written(running: Launch, tmp_path: Path) -> None:
    (tmp_path / ".local").symlink_to(running.state)  # where `make run` keeps it, beside the environment
    (tmp_path / ".venv").symlink_to(sys.prefix)

    walk = subprocess.run(
        [sys.executable, ROOT / ".ci" / "walkthrough.py", running.api],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert walk.returncode == 0, walk.stdout + walk.stderr
