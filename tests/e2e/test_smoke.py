"""`make smoke` against what `make run` serves."""

import os
import subprocess
import sys

from devstack.seed import DEMO
from support.launch import ROOT


def smoke(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "operations.smoke", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_good_deployment_passes_every_check_and_keeps_nothing(running):
    done = smoke(running.api, "--docs", "on", SMOKE_EMAIL=DEMO.email, SMOKE_PASSWORD=DEMO.password)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.split("\n")[:-1] == [
        "  ok      it serves",
        "  ok      requests without a token are refused",
        "  ok      errors are problems",
        "  ok      it documents itself",
        "  ok      the site is there and protected",
        "  ok      the site is configured",
        "  ok      tokens of both clients are accepted",
        "  ok      an account keeps to-dos",
    ]


def test_a_fault_is_reported_and_is_a_failure(running):
    done = smoke(running.api, "--docs", "off", SMOKE_EMAIL=DEMO.email, SMOKE_PASSWORD="not it")

    assert done.returncode == 1
    assert "  FAILED  it hides its documents: /openapi.json is not 404\n" in done.stdout
    assert "  FAILED  tokens of both clients are accepted: signing in at the client app is 401" in done.stdout
    assert "  FAILED  an account keeps to-dos: signing in is 401" in done.stdout
    assert done.stdout.count("  ok  ") == 5
    assert done.stderr == f"Error: 3 of the checks failed at {running.api}\n"
