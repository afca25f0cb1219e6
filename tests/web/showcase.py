"""A household as it might be, for pictures: people, to-dos, files, an import, dead letters, mail."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx

from devstack.aws import Aws
from devstack.seed import ADMIN
from support.people import Person, sign_up
from web.belongings import bury, run_import, upload

TODOS = (
    ("Book the ferry to Gotland", -1, "high", ["travel"], "Summer trip"),
    ("Renew the library card", 0, "none", [], "inbox"),
    ("Prepare slides for the reading group", 0, "medium", ["talk"], "Work"),
    ("Order beans for the espresso machine", 1, "none", ["shop"], "Home"),
    ("Call Ines about the garden fence", 2, "low", ["garden"], "Home"),
    ("Review the quarterly budget", 4, "high", ["finance"], "Work"),
    ("Repot the lemon tree", 6, "none", ["garden"], "Home"),
    ("Plan Jonas' birthday", 19, "medium", ["family"], "Home"),
    ("Learn to bake sourdough", None, "none", [], "Someday"),
    ("Sort the photographs of last winter", None, "low", ["family"], "Someday"),
)
FILES = (
    ("ferry-tickets.pdf", "application/pdf", 184_000),
    ("garden-plan.png", "image/png", 2_460_000),
    ("reading-group-notes.txt", "text/plain", 12_400),
    ("budget-2026.csv", "text/csv", 58_000),
)
PEOPLE = ("Ines Almeida", "Jonas Berg", "Noor Haddad", "Tomasz Zielinski", "Yuki Tanaka", "Zoe Okafor")
ROWS = 180
BAD_ROWS = {
    12: "not-an-address;Otto Lang;;",
    47: ";Nobody;;",
    96: "lena@example;Lena Roth;;",
    131: "max@example.net;Max Adler;123;",
}

CHOIR = """\
First Name,Last Name,E-mail 1 - Value,Phone 1 - Value,Mobile,Country,Voice,Password,\
Middle Name,Nickname,Organization Name,Organization Title,Department,Notes,Labels,Photo,E-mail 1 - Label,\
Phone 1 - Label,Address 1 - Street,Address 1 - City,Address 1 - Postal Code,Website 1 - Value
Amira,Nasser,amira@example.net,+44 20 7946 0018,,United Kingdom,Alto,x
Bruno,Keller,bruno@example.net,,030 123456,Germany,Bass,x
Chiara,Conti,chiara@example.net,06 698 0000,+39 347 123 4567,Italy,Soprano,x
Dag,Lund,dag@example,,,Norway,Tenor,x
Elif,Kaya,elif@example.net,12,,Turkey,Alto,x
"""


@dataclass
class Showcase:
    owner: Person
    admin: Person
    import_id: str
    preview_id: str


def furnish(api: httpx.Client, aws: Aws, env: dict[str, str]) -> Showcase:
    """Put everything there, on a fresh stack."""
    login = api.post("/v1/auth/login", json={"email": ADMIN.email, "password": ADMIN.password})
    admin = Person(api, ADMIN.email, "", login.json())
    owner = sign_up(api, "mara@example.com", "Mara Lindqvist")
    for title, days, priority, tags, name in TODOS:
        owner.create_todo(title=title, priority=priority, tags=tags, list=name, **_due(days))
    for name, kind, size in FILES:
        upload(owner, name, bytes(size), kind)
    for name in PEOPLE:
        sign_up(api, f"{name.split()[0].lower()}@example.com", name)
    for reason, attempts in (("The mail's kind is unknown", "1"), ("SES did not answer in time", "5")):
        bury(aws, env, json.dumps(_mail(attempts)), reason=reason, attempts=attempts)
    bury(
        aws,
        env,
        json.dumps({"email": "otto@"}),
        queue="ingest",
        reason="The address is invalid",
        attempts="1",
    )
    run_import(admin, "newsletter-spring.csv", _csv(60, {}))
    preview = run_import(admin, "choir-contacts.csv", CHOIR.encode(), dry_run=True)
    return Showcase(owner, admin, run_import(admin, "members-2026.csv", _csv(ROWS, BAD_ROWS)), preview)


def _due(days: int | None) -> dict[str, Any]:
    return {} if days is None else {"dueOn": str(date.today() + timedelta(days))}


def _mail(attempts: str) -> dict[str, Any]:
    return {"kind": "account_deleted", "to": "otto@example.com", "id": f"mail-{attempts}", "data": {}}


def _csv(count: int, bad: dict[int, str]) -> bytes:
    rows = [bad.get(number, _row(number)) for number in range(1, count + 1)]
    return "\n".join(["email;name;phone;birthDate", *rows]).encode()


def _row(number: int) -> str:
    return f"member{number}@example.net;Member {number};+442079{number:06};2001-02-{number % 28 + 1:02}"
