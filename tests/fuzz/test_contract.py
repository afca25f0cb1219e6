"""schemathesis calls every route with what the contract allows, and with what it does not."""

import os
import subprocess
from pathlib import Path

from devstack.seed import ADMIN
from support.launch import ROOT, launcher

HERE = Path(__file__).parent
SECONDS = 100
"""For the requests; the whole with the stack takes two minutes at most."""

# Every check is on by default. `--checks=all` would also switch on those that schemathesis.toml switches off.
OPTIONS = (
    f"--max-time={SECONDS}",
    "--seed=1",
    "--max-examples=10",
    "--generation-database=none",
    "--request-timeout=30",
    "--no-shrink",
)


def test_the_api_keeps_to_its_contract(tmp_path: Path) -> None:
    with launcher(tmp_path) as start:
        app = start().wait_ready()
        done = subprocess.run(
            [
                ROOT / ".venv-fuzz" / "bin" / "schemathesis",
                f"--config-file={HERE / 'schemathesis.toml'}",
                "--no-color",
                "run",
                ROOT / "openapi.json",
                f"--url={app.api}",
                *OPTIONS,
            ],
            cwd=tmp_path,
            env={
                **os.environ,
                "SCHEMATHESIS_HOOKS": "people",
                "PYTHONPATH": str(HERE),
                "API": app.api,
                "ADMIN_EMAIL": ADMIN.email,
                "ADMIN_PASSWORD": ADMIN.password,
            },
            capture_output=True,
            text=True,
            timeout=SECONDS + 60,
            check=False,
        )

    print(done.stdout[-3000:])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "- GET /v1/users/me\n" not in done.stdout, "the caller was signed out, so nothing was tried"
