"""`make run` as a process: what it shows, how it ends, and that nothing of it stays."""

import os
import re
import signal
import subprocess
import sys
import time
import uuid
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from devstack.ports import HOST
from devstack.seed import DEMO
from support.launch import MAKE, ROOT, devstack, edit
from support.ports import free_port
from support.processes import alive, descendants, listening_addresses, wait_until

LOOPBACK = {"0100007F", "00000000000000000000000001000000"}
"""127.0.0.1 and ::1, as /proc has them."""
PASSWORD = "Correct-Horse-7"
PROXY = {"HTTP_PROXY": f"http://{HOST}:9", "http_proxy": f"http://{HOST}:9", "NO_PROXY": "corp.example"}
SAVED_AFTER = 2.0
"""Seconds, also for what is not an item of a table."""


def sign_up(http, api: str, email: str) -> None:
    assert http.post(f"{api}/v1/auth/signup", json={"email": email, "password": PASSWORD}).status_code == 201
    assert http.post(f"{api}/v1/auth/confirm", json={"email": email, "code": "123456"}).status_code == 204


def sign_in(http, api: str, email: str, password: str = PASSWORD) -> dict[str, str]:
    answer = http.post(f"{api}/v1/auth/login", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def titles(http, api: str, headers: dict[str, str]) -> list[str]:
    return [todo["title"] for todo in http.get(f"{api}/v1/todos", headers=headers).json()["items"]]


def test_a_run_shows_its_steps_serves_and_keeps_the_data_for_the_next_one(launch, http):
    first = launch(MAKE).wait_ready()

    # each step with its time, then where everything is
    assert len(re.findall(r"^  \S.* +\d+\.\d s$", first.out, re.MULTILINE)) >= 5
    for shown in (first.api, f"{first.api}/docs", f"{first.api}/mailbox", DEMO.email, DEMO.password):
        assert shown in first.out
    assert first.err == ""

    # it serves, to this machine only
    assert listening_addresses(first.everything) <= LOOPBACK
    headers = sign_in(http, first.api, DEMO.email, DEMO.password)
    assert http.post(f"{first.api}/v1/todos", headers=headers, json={"title": "Stay"}).status_code == 201

    # the API runs by itself with the file that was written
    with standalone(first.state / "env") as api:
        assert wait_until(lambda: answers(http, api))
        assert titles(http, api, sign_in(http, api, DEMO.email, DEMO.password)) == ["Stay"]

    # Ctrl-C stops all of it
    first.interrupt()
    assert first.leftovers() == set()
    assert first.err.count("\n") <= 1, first.err  # make's own word

    # and the next run finds it again
    second = launch().wait_ready()
    assert titles(http, second.api, sign_in(http, second.api, DEMO.email, DEMO.password)) == ["Stay"]
    assert second.interrupt() == 0
    assert second.leftovers() == set()
    assert second.err == ""


class standalone:  # noqa: N801 - reads as a function
    """`uvicorn --env-file FILE app.main:app`, in a terminal of its own, whose proxy does not answer."""

    def __init__(self, env_file: Path) -> None:
        self.port = free_port()
        arguments = ["--env-file", str(env_file), "--port", str(self.port), "app.main:app"]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", *arguments],
            env={**clean, "PYTHONPATH": str(ROOT / "src"), **PROXY},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> str:
        return f"http://{HOST}:{self.port}"

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(60)


def answers(http, api: str) -> bool:
    return read(http, f"{api}/healthz") == '{"status":"ok"}'


def read(http, url: str) -> str:
    """The body; nothing while the server starts or is being replaced."""
    try:
        return http.get(url).text
    except httpx.TransportError:
        return ""


def test_a_killed_run_leaves_no_process_and_its_saved_data_are_found_again(launch, http):
    first = launch().wait_ready()
    sign_up(http, first.api, "kept@example.com")
    time.sleep(SAVED_AFTER)

    os.kill(first.process.pid, signal.SIGKILL)

    assert first.leftovers() == set()
    second = launch().wait_ready()
    assert titles(http, second.api, sign_in(http, second.api, "kept@example.com")) == []


def test_killing_make_stops_what_it_runs(launch):
    run = launch(MAKE).wait_ready()

    os.kill(run.process.pid, signal.SIGKILL)

    assert run.leftovers() == set()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
def test_a_polite_signal_stops_everything_also_during_the_start(launch, number):
    run = launch()
    assert wait_until(lambda: "MiniStack" in run.out)
    run.everything = descendants(run.process.pid) | {run.process.pid}

    run.process.send_signal(number)

    assert run.process.wait(60) == 0
    assert run.leftovers() == set()
    assert "Traceback" not in run.out + run.err


def test_one_directory_holds_one_running_stack_and_is_not_reset_meanwhile(launch):
    run = launch().wait_ready()
    refusal = rf"Error: The stack runs already \(process {run.process.pid}\)\. Stop it first\.\n"

    second = launch()
    assert second.process.wait(60) == 1
    assert re.fullmatch(refusal, second.err)

    reset = launch(devstack("reset", run.state))
    assert reset.process.wait(60) == 1
    assert re.fullmatch(refusal, reset.err)

    run.process.terminate()
    assert run.process.wait(60) == 0
    again = launch(devstack("reset", run.state))
    assert again.process.wait(60) == 0
    assert not run.state.exists()


def test_edits_reach_the_api_and_the_functions_while_they_run(launch, http, project):
    run = launch(source=project / "src").wait_ready()
    contract = f"{run.api}/openapi.json"
    assert '"title":"Serverless backend"' in read(http, contract)

    edit(project / "src/app/main.py", 'title="Serverless backend"', 'title="Edited"')
    assert wait_until(lambda: '"title":"Edited"' in read(http, contract))

    # the web app's files are read each time, and nothing restarts for them
    edit(project / "web/index.html", "</body>", "<p>Edited</p></body>")
    assert "<p>Edited</p>" in read(http, run.api)

    # a broken edit is reported, and the next good one serves again
    edit(project / "src/app/main.py", "def create_app", "def create_app(")
    assert wait_until(lambda: "The API does not start: SyntaxError" in run.err)
    edit(project / "src/app/main.py", "def create_app((", "def create_app(")
    assert wait_until(lambda: answers(http, run.api))

    edit(project / "src/app/entrypoints/user_signup.py", "    repository.create(", "    raise KeyError(")
    assert wait_until(lambda: "user_signup.py" in run.out)
    assert wait_until(lambda: "KeyError" in sign_up_and_see_the_trigger_fail(http, run))
    assert "index.html" not in run.out
    assert alive({run.process.pid})


def sign_up_and_see_the_trigger_fail(http, run) -> str:
    """Sign up a new user; return what the emulator has written about failed triggers."""
    email = f"{uuid.uuid4()}@example.com"
    with suppress(httpx.TransportError):  # the API is being replaced
        http.post(f"{run.api}/v1/auth/signup", json={"email": email, "password": PASSWORD})
        http.post(f"{run.api}/v1/auth/confirm", json={"email": email, "code": "123456"})
    return (run.state / "logs" / "ministack.log").read_text()
