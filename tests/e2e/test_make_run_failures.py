"""Failures of `make run`: each is reported in one line, and nothing stays running."""

import os
import re
import signal
import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from devstack.ports import FAMILIES, HOST, addresses
from devstack.seed import DEMO
from support.launch import ROOT, Launch, devstack, edit
from support.processes import alive, wait_until


def test_the_api_goes_on_without_the_cache_but_not_without_aws(launch, http):
    run = launch().wait_ready()

    os.kill(process_of(run, "valkey-server"), signal.SIGKILL)

    assert wait_until(lambda: run.err != "")
    lost_cache = "Error: Valkey has stopped (status 137). The API goes on without a cache.\n"
    assert run.err == lost_cache
    assert list_of_demo_user(http, run.api).headers["X-Cache"] == "bypass"
    assert alive({run.process.pid})

    os.kill(process_of(run, "devstack.emulator.launcher"), signal.SIGKILL)

    assert run.process.wait(30) == 1
    logs = run.state / "logs"
    assert run.err == f"{lost_cache}Error: MiniStack has stopped (status 137); see {logs}\n"
    assert {"api.log", "ministack.log", "valkey.log"} <= {log.name for log in logs.iterdir()}
    assert run.leftovers() == set()


def process_of(run: Launch, command: str) -> int:
    (found,) = (
        pid for pid in run.everything if command in command_line(pid) and "watchdog" not in command_line(pid)
    )
    return found


def command_line(process: int) -> str:
    """Empty for one that has ended since: a function's process may."""
    try:
        return Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def list_of_demo_user(http: httpx.Client, api: str) -> httpx.Response:
    answer = http.post(f"{api}/v1/auth/login", json={"email": DEMO.email, "password": DEMO.password})
    assert answer.status_code == 200, answer.text
    token = answer.json()["access_token"]
    listed = http.get(f"{api}/v1/todos", headers={"Authorization": f"Bearer {token}"})
    assert listed.status_code == 200, listed.text
    return listed


@pytest.mark.parametrize("address", addresses())
@pytest.mark.parametrize("variable", ["PORT", "AWS_PORT"])
def test_a_taken_port_is_named_in_one_line(launch, variable, address):
    with socket.create_server((address, 0), family=FAMILIES[address]) as taken:
        port = taken.getsockname()[1]
        run = launch(**{variable: str(port)})
        status = run.process.wait(30)

    assert status == 1
    assert re.fullmatch(rf"Error: Port {port} is taken\. Choose another: {variable}=\d+ make run\n", run.err)


@pytest.mark.parametrize(
    ("env", "line"),
    [
        ({"PORT": "eighty"}, "PORT must be a port number from 1 to 65535"),
        ({"PORT": "7001", "AWS_PORT": "7001"}, "PORT and AWS_PORT are both 7001"),
        ({"REDIS_URL": f"redis://{HOST}:1/0"}, f"REDIS_URL does not answer: .*{HOST}:1.*"),
        ({"STATE": __file__}, "STATE: .* cannot be used: .*"),
        ({"STATE": f"{__file__}/below"}, "STATE: .* cannot be used: Not a directory"),
        ({"STATE": f"/tmp/{'x' * 300}"}, "STATE: .* cannot be used: File name too long"),
    ],
)
def test_a_wrong_setting_is_explained_in_one_line(launch, env, line):
    command = devstack("run", Path(env["STATE"])) if "STATE" in env else ()
    run = launch(command, **env)

    assert run.process.wait(30) == 1
    assert re.fullmatch(rf"Error: {line}\n", run.err)


def test_code_that_does_not_start_fails_the_run_in_one_line(launch, project):
    (project / "src/app/main.py").write_text("import nowhere_to_be_found\n")

    run = launch(source=project / "src")

    assert run.process.wait(60) == 1
    assert re.fullmatch(
        rf"Error: The API does not start: ModuleNotFoundError: .*; see {run.state}/logs/api\.log\n", run.err
    )
    assert "nowhere_to_be_found" in (run.state / "logs" / "api.log").read_text()


def test_a_resource_that_cannot_be_made_fails_the_run_in_one_line(launch, project):
    edit(project / "template.yaml", "Type: AWS::Cognito::UserPoolGroup", "Type: AWS::Budgets::BudgetsAction")

    run = launch(source=project / "src")

    assert run.process.wait(60) == 1
    assert re.fullmatch(r"Error: template\.yaml: .*\n", run.err)


def test_an_edit_that_cannot_be_deployed_is_reported_with_its_cause_and_the_next_one_repairs_it(
    launch, http, project
):
    run = launch(source=project / "src").wait_ready()
    template = project / "template.yaml"
    kept = template.read_text()

    template.write_text(kept.replace(" USER_POOL_ID:", " POOL_ID:"))
    assert wait_until(lambda: "Edit again" in run.err), run.out + run.err
    assert run.err == "Error: KeyError: 'USER_POOL_ID'. Edit again to retry.\n"
    assert "USER_POOL_ID" not in variables_of_functions(run)
    assert http.get(f"{run.api}/healthz").status_code == 200

    template.write_text(kept)
    assert wait_until(lambda: "USER_POOL_ID" in variables_of_functions(run))
    assert run.interrupt() == 0


def variables_of_functions(run):
    functions = run.aws.client("lambda").list_functions()["Functions"]
    return {name for one in functions for name in one["Environment"]["Variables"]}


def test_another_package_of_the_same_name_is_not_taken_for_ours(tmp_path):
    (tmp_path / "devstack").mkdir()
    (tmp_path / "devstack" / "__init__.py").write_text("raise SystemExit('another devstack')\n")
    command = ["make", "--silent", "--old-file=.venv/.installed", "reset", f"STATE={tmp_path / 'state'}"]

    reset = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (reset.returncode, reset.stderr) == (0, "")


def test_a_shell_that_has_read_the_environment_file_can_start_again(launch):
    first = launch().wait_ready()
    env = {name: first.env[name] for name in ("REDIS_URL", "AWS_ENDPOINT_URL", "NO_PROXY")}
    assert first.interrupt() == 0

    launch(**env).wait_ready()
