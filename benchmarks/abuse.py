"""What an attacker gets done: wrong passwords, sign-ups, mails, to-dos and bad tokens, against a local stack.

make run                                                   (in another terminal)
python -m benchmarks.abuse [--source DIR] [--limits ""]    (prints the table of SECURITY.md)

It starts an API of its own over that stack, with the limits that AWS has, and calls it from several networks: Linux
has all of 127.0.0.0/8. `--source` is the `src` of another version, to compare with.
"""

import argparse
import os
import random
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import httpx

from benchmarks.client import percentile
from project import paths

HERE = "127.0.0.1"
PASSWORD, WRONG, CODE = "Local-demo-2026", "Wrong-Horse-7", "123456"
_PORT = 8913
_AT_ONCE = 8
_GARBLERS = 4
"""Threads that send a hundred bad tokens a second together, if the machine has time for that."""


class Caller:
    """A client in one network."""

    def __init__(self, address: str) -> None:
        transport = httpx.HTTPTransport(local_address=address)
        self._client = httpx.Client(base_url=f"http://{HERE}:{_PORT}", transport=transport, timeout=60)

    def post(self, path: str, token: str = "", **body: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self._client.post(path, json=body, headers=headers)

    def get(self, path: str, token: str) -> int:
        return self._client.get(path, headers={"Authorization": f"Bearer {token}"}).status_code

    def log_in(self, email: str, password: str = PASSWORD) -> httpx.Response:
        return self.post("/v1/auth/login", email=email, password=password)


def many(count: int, call: Callable[[int], int]) -> str:
    """The statuses of so many calls, some at a time, and how long they took."""
    begun = time.monotonic()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        statuses = Counter(pool.map(call, range(count)))
    counted = ", ".join(f"{times:,} x {status}" for status, times in sorted(statuses.items()))
    return f"{counted} in {time.monotonic() - begun:.0f} s"


def new_user(caller: Caller) -> tuple[str, str]:
    """The address and a token. Made from elsewhere, so as to use up nothing of the attacker's."""
    email = new_address()
    caller.post("/v1/auth/signup", email=email, password=PASSWORD)
    caller.post("/v1/auth/confirm", email=email, code=CODE)
    return email, str(caller.log_in(email).json()["access_token"])


def new_networks(count: int) -> list[str]:
    """An address in each, of which no run before has used up anything."""
    return [f"127.{random.randrange(1, 255)}.{number}.1" for number in range(count)]


def new_address() -> str:
    return f"{uuid.uuid4().hex}@example.com"


def guess_while_the_owner_signs_in(stranger: Caller, home: Caller) -> Iterator[tuple[str, str]]:
    email, _ = new_user(home)
    over, signed_in = Event(), Counter[int]()

    def sign_in_now_and_then() -> None:
        while not over.wait(0.5):
            signed_in[home.log_in(email).status_code] += 1

    owner = Thread(target=sign_in_now_and_then)
    owner.start()
    guesses = many(1000, lambda _: stranger.log_in(email, WRONG).status_code)
    over.set()
    owner.join()
    yield "1,000 wrong passwords for one account", guesses
    yield "its owner meanwhile, from elsewhere", f"{signed_in[200]} of {signed_in.total()} sign-ins let in"


def floods(stranger: Caller, home: Caller, todos: int) -> Iterator[tuple[str, str]]:
    email, token = new_user(home)
    routes = ("forgot-password", "resend")
    yield (
        "120 requests of a mail to one address",
        many(120, lambda n: stranger.post(f"/v1/auth/{routes[n % 2]}", email=email).status_code),
    )
    yield (
        f"{todos:,} to-dos of one account",
        many(todos, lambda n: home.post("/v1/todos", token, title=f"To-do {n}").status_code),
    )


def of_a_network(stranger: Caller) -> Iterator[tuple[str, str]]:
    yield (
        "one password at 300 addresses",
        many(300, lambda _: stranger.log_in(new_address(), WRONG).status_code),
    )
    yield (
        "300 sign-ups",
        many(
            300,
            lambda _: stranger.post("/v1/auth/signup", email=new_address(), password=PASSWORD).status_code,
        ),
    )


def garbage_beside_a_good_client(stranger: Caller, home: Caller) -> Iterator[tuple[str, str]]:
    _, token = new_user(home)
    over, refused = Event(), Counter[int]()

    def send_garbage() -> None:
        while not over.wait(_GARBLERS / 100):
            refused[stranger.get("/v1/todos", f"{token[:-8]}AAAAAAAA")] += 1

    def read() -> str:
        times, statuses = [], Counter[int]()
        for _ in range(200):
            begun = time.perf_counter()
            statuses[home.get("/v1/todos", token)] += 1
            times.append((time.perf_counter() - begun) * 1000)
            time.sleep(0.02)
        middle, slow = (percentile(sorted(times), share) for share in (0.5, 0.99))
        return f"{statuses[200]} of 200 answered, p50 {middle:.0f} ms, p99 {slow:.0f} ms"

    yield "a good client alone", read()
    attackers = [Thread(target=send_garbage) for _ in range(_GARBLERS)]
    for attacker in attackers:
        attacker.start()
    begun = time.monotonic()
    beside = read()
    over.set()
    for attacker in attackers:
        attacker.join()
    rate = refused.total() / (time.monotonic() - begun)
    yield f"the same beside {rate:.0f} bad tokens a second", f"{beside}; {refused[401]:,} x 401"


@contextmanager
def api(source: Path, **variables: str) -> Iterator[None]:
    lines = (paths.PROJECT / ".local" / "env").read_text().splitlines()
    env = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    command = [sys.executable, "-m", "uvicorn", "app.main:app", "--port", str(_PORT), "--no-access-log"]
    process = subprocess.Popen(
        [*command, "--log-level", "error", "--no-proxy-headers"],
        env={**os.environ, **env, **variables, "PYTHONPATH": str(source), "LOG_LEVEL": "ERROR"},
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_until_it_answers()
        yield
    finally:
        process.terminate()
        process.wait()


def _wait_until_it_answers() -> None:
    for _ in range(100):
        try:
            if httpx.get(f"http://{HERE}:{_PORT}/healthz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise SystemExit("the API does not answer: is `make run` running?")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", type=Path, default=paths.SOURCE)
    parser.add_argument("--limits", default="", help="as LIMITS; empty: those of AWS")
    parser.add_argument("--todos", type=int, default=10_000)
    chosen = parser.parse_args()
    with api(chosen.source, LIMITS=chosen.limits):
        home, guesser, network, flooder, garbler = map(Caller, new_networks(5))
        print("| attempt | outcome |\n| --- | --- |")
        for rows in (
            guess_while_the_owner_signs_in(guesser, home),
            of_a_network(network),
            floods(flooder, home, chosen.todos),
            garbage_beside_a_good_client(garbler, home),
        ):
            for name, outcome in rows:
                print(f"| {name} | {outcome} |", flush=True)


if __name__ == "__main__":
    main()
