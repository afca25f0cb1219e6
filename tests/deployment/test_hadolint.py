"""The Dockerfile, to the rules of hadolint."""

import subprocess
from pathlib import Path

import pytest

DOCKERFILE = Path(__file__).parents[2] / "Dockerfile"


def findings(hadolint: Path, dockerfile: Path) -> list[str]:
    command = [hadolint, "--no-color", "--format", "tty", dockerfile]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not ran.stderr
    return ran.stdout.splitlines()


def test_the_dockerfile_follows_every_rule(hadolint):
    assert findings(hadolint, DOCKERFILE) == []


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("FROM debian:latest", "DL3007"),
        ("RUN cd /tmp && sudo true", "DL3004"),
        ("ADD src/app /var/task/app", "DL3020"),
        ("CMD python app.py", "DL3025"),
    ],
)
def test_a_mistake_in_it_is_found(hadolint, tmp_path, line, rule):
    mistaken = tmp_path / "Dockerfile"
    mistaken.write_text(f"{DOCKERFILE.read_text().rstrip()}\n{line}\n")

    assert any(rule in finding for finding in findings(hadolint, mistaken))
