"""What goes wrong with `make run` is said in one line, and nothing stays running."""

import os
import re
import signal
import socket
from pathlib import Path

import pytest

from devstack.ports import HOST
from support.launch import edit


def test_a_service_that_ends_by_itself_ends_the_run_with_one_line(launch):
    run = launch().wait_ready()
    (valkey,) = (
        pid
        for pid in run.everything
        if "valkey-server" in command_line(pid) and "leash" not in command_line(pid)
    )

    os.kill(valkey, signal.SIGKILL)

    assert run.process.wait(30) == 1
    assert re.fullmatch(r"Error: Valkey has stopped .*\n", run.err)
    assert run.leftovers() == set()


def command_line(process: int) -> str:
    return Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ")


@pytest.mark.parametrize("variable", ["PORT", "AWS_PORT"])
def test_a_taken_port_is_named_in_one_line(launch, variable):
    with socket.create_server((HOST, 0)) as taken:
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
    ],
)
def test_a_wrong_setting_is_explained_in_one_line(launch, env, line):
    run = launch(**env)

    assert run.process.wait(30) == 1
    assert re.fullmatch(rf"Error: {line}\n", run.err)


def test_code_that_does_not_start_fails_the_run_in_one_line(launch, project):
    (project / "src/app/main.py").write_text("import nowhere_to_be_found\n")

    run = launch(source=project / "src")

    assert run.process.wait(60) == 1
    assert re.fullmatch(
        r"Error: The API does not start: ModuleNotFoundError: .*nowhere_to_be_found.*\n", run.err
    )


def test_a_resource_that_cannot_be_made_fails_the_run_in_one_line(launch, project):
    edit(project / "template.yaml", "Type: AWS::Cognito::UserPoolGroup", "Type: AWS::Budgets::BudgetsAction")

    run = launch(source=project / "src")

    assert run.process.wait(60) == 1
    assert re.fullmatch(r"Error: template\.yaml: .*\n", run.err)
