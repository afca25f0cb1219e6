"""Whether the time of an answer shows that an address has an account, against a local stack.

make run                                             (in another terminal)
python -m benchmarks.enumeration [--rounds 100]      (prints the table of SECURITY.md)

Each row calls one route in turns with an address that has an account and one that has none. *Slower* is how often,
of two answers, one of each kind, the slower is the one with an account: 0.5 says nothing, 0 and 1 say all.
"""

import argparse
import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple

from benchmarks.abuse import PASSWORD, WRONG, Caller, api, new_address, new_networks, new_user
from project import paths

Call = Callable[[str], int]


class Compared(NamedTuple):
    """A route, and the addresses with an account for each round."""

    name: str
    call: Call
    known: Callable[[], str]


def milliseconds(call: Call, email: str) -> tuple[float, int]:
    begun = time.perf_counter()
    status = call(email)
    return 1000 * (time.perf_counter() - begun), status


def share_slower(known: list[float], unknown: list[float]) -> float:
    """The Mann-Whitney statistic, as a share of all pairs."""
    slower = sum((one > other) + (one == other) / 2 for one in known for other in unknown)
    return slower / (len(known) * len(unknown))


def row(compared: Compared, rounds: int) -> str:
    known, unknown, statuses = list[float](), list[float](), set[int]()
    for number in range(rounds):
        calls = [(known, compared.known()), (unknown, new_address())]
        for times, email in calls if number % 2 else reversed(calls):
            taken, status = milliseconds(compared.call, email)
            times.append(taken)
            statuses.add(status)
    middles = f"{median(known):.1f} | {median(unknown):.1f}"
    return f"| {compared.name} | {sorted(statuses)} | {middles} | {share_slower(known, unknown):.2f} |"


def routes(caller: Caller) -> list[Compared]:
    confirmed, _ = new_user(caller)
    _, token = new_user(caller)
    unconfirmed = new_address()
    caller.post("/v1/auth/signup", email=unconfirmed, password=PASSWORD)

    def post(path: str, **body: str) -> Call:
        return lambda email: caller.post(f"/v1/auth/{path}", email=email, **body).status_code

    def change(email: str) -> int:
        return caller.post("/v1/users/me/email", token, email=email, password=PASSWORD).status_code

    return [
        Compared("sign-up", post("signup", password=PASSWORD), lambda: confirmed),
        Compared("login, wrong password", post("login", password=WRONG), lambda: confirmed),
        Compared("the same, not confirmed", post("login", password=WRONG), lambda: unconfirmed),
        Compared("forgot password", post("forgot-password"), lambda: confirmed),
        Compared("resend the code", post("resend"), lambda: unconfirmed),
        Compared("confirm, wrong code", post("confirm", code="000000"), lambda: unconfirmed),
        Compared("change of address", change, lambda: confirmed),
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=100)
    rounds = parser.parse_args().rounds
    with api(paths.SOURCE, LIMITS="off"):
        print("| route | answers | account, ms | none, ms | slower |\n| --- | --- | ---: | ---: | ---: |")
        for compared in routes(Caller(new_networks(1)[0])):
            print(row(compared, rounds), flush=True)


if __name__ == "__main__":
    main()
