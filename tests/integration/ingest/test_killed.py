"""Killed at any point and delivered again, in any order and more than once, ends as one clean run does."""

import json
import os
import random
import signal
import subprocess
import sys
import uuid
from dataclasses import replace

import pytest

from app.models.imports import Import
from app.models.user_data import UserData
from app.repositories.dynamodb.previews import DynamoPreviews
from app.services.ingest.events import of_s3
from app.services.ingest.ids import id_of
from app.services.ingest.source import READ_ONCE
from support.ingest import ROWS, stored, table
from support.memory import MemoryUserData

CHUNK = 40


def queued(record: dict) -> dict:
    """As the queue delivers it."""
    return {
        "Records": [
            {
                "eventSource": "aws:sqs",
                "messageId": str(uuid.uuid4()),
                "body": json.dumps({"Records": [record]}),
                "attributes": {"SentTimestamp": "1795236715000", "ApproximateReceiveCount": "1"},
            }
        ]
    }


@pytest.fixture
def run(ingest, tmp_path):
    """Handle the records in a process of its own, which dies at a moment; its status."""

    def start(records: list[dict], *moment: int, read_once: int = READ_ONCE) -> int:
        events = tmp_path / f"{uuid.uuid4()}.json"
        events.write_text(json.dumps([queued(record) for record in records]))
        program = [
            sys.executable,
            "-m",
            "integration.ingest.killable",
            str(events),
            str(CHUNK),
            str(read_once),
            *map(str, moment),
        ]
        environment = {**os.environ, **ingest.stack.env, "PYTHONPATH": ":".join(sys.path)}
        return subprocess.run(program, env=environment, stdout=subprocess.DEVNULL, check=False).returncode

    return start


def model(tables: list[tuple[dict, list[dict[str, str]]]]) -> dict[str, UserData]:
    expected = MemoryUserData()
    for record, rows in tables:
        order = of_s3(record).order
        for line, row in enumerate(rows, 2):
            if row["email"] != "nobody":
                data = UserData(email=row["email"], name=row["name"], phone=row["phone"] or None)
                expected.upsert([(data, order.nth(line))])
    return expected.rows


@pytest.mark.parametrize(
    ("seed", "read_once"), [(1, READ_ONCE), (2, 0)], ids=["read once", "read again for each pass"]
)
def test_the_end_is_the_same_as_of_one_clean_run(ingest, run, seed, read_once):
    chance = random.Random(seed)
    given = [(stored(ingest, rows), rows) for rows in (table(ingest, seed), table(ingest, seed + 100))]
    records = [record for record, _ in given]

    for _ in range(8):
        delivered = chance.sample(records * 2, 3)
        assert run(delivered, chance.randrange(25), read_once=read_once) == -signal.SIGKILL
    chance.shuffle(records)

    assert run(records, read_once=read_once) == 0
    assert run(records[:1], read_once=read_once) == 0
    expected = model(given)
    assert {email: ingest.user_data.get(email) for email in expected} == expected
    for record, rows in given:
        assert_complete(ingest, record, rows)


def assert_complete(ingest, record: dict, rows: list[dict[str, str]]) -> None:
    bad = [line for line, row in enumerate(rows, 2) if row["email"] == "nobody"]
    done = ingest.imports.get(id_of(of_s3(record)))
    rejects = ingest.imports.rejects(done.id, limit=ROWS).items

    assert (done.status, done.progress.rows) == ("completed", ROWS)
    assert done.progress.accepted == ROWS - len(bad)
    assert [(reject.line, reject.field, reject.reason) for reject in rejects] == [
        (line, "email", "email_format") for line in bad
    ]


def test_an_account_stays_linked_when_newer_data_comes(ingest, run):
    rows = [{"email": ingest.address("linked"), "name": "First", "phone": ""}]
    assert run([stored(ingest, rows)]) == 0
    ingest.user_data.link(ingest.address("linked"), "user-1")

    assert run([stored(ingest, [{**rows[0], "name": "Second"}])]) == 0

    expected = UserData(email=ingest.address("linked"), name="Second", user_id="user-1")
    assert ingest.row("linked") == expected == replace(expected, phone=None)


def test_a_file_that_cannot_be_read_to_its_end_leaves_nothing(ingest, run):
    record = stored(ingest, table(ingest, 3))
    body = f"email\n{ingest.address('half')}\n".encode() + b"\xff\n"
    answer = ingest.clients.s3.put_object(
        Bucket=record["s3"]["bucket"]["name"], Key=record["s3"]["object"]["key"], Body=body
    )
    record["s3"]["object"] |= {"versionId": answer["VersionId"], "eTag": answer["ETag"].strip('"')}

    assert run([record]) == 0

    done = ingest.imports.get(id_of(of_s3(record)))
    assert (done.status, done.reason, done.reason_line) == ("failed", "not_utf8", 3)
    assert done.progress.rows == 0
    assert ingest.row("half") is None


def test_a_dry_run_that_is_killed_ends_as_one_clean_run_does_and_so_does_its_run(ingest, run):
    chance, rows = random.Random(5), table(ingest, 5)
    bad = [line for line, row in enumerate(rows, 2) if row["email"] == "nobody"]
    record = stored(ingest, rows)
    dry_run, import_id = str(uuid.uuid4()), str(uuid.uuid4())
    ingest.imports.create(Import(id=dry_run, name="dry.csv", dry_run=True))
    ingest.imports.create(Import(id=import_id, name="dry.csv", mapping={"name": "dropped"}))

    for target in (dry_run, import_id):
        for _ in range(4):
            assert run([{**record, "importId": target}], chance.randrange(12)) == -signal.SIGKILL
        assert run([{**record, "importId": target}]) == 0
        done = ingest.imports.get(target)
        assert (done.progress.rows, done.progress.accepted) == (ROWS, ROWS - len(bad))
        assert [reject.line for reject in ingest.imports.rejects(target, limit=ROWS).items] == bad
        addresses = {row["email"] for row in rows if row["email"] != "nobody"}
        held = [data for data in map(ingest.user_data.get, addresses) if data is not None]
        assert (done.status, len(held)) == (
            ("previewed", 0) if target == dry_run else ("completed", len(addresses))
        )
    assert {data.name for data in held} == {None}
    preview = DynamoPreviews(ingest.clients, ingest.stack.settings.tables["operations"]).get(dry_run)
    good = [line for line in range(2, ROWS + 2) if line not in bad]
    assert [row.line for row in preview.rows] == good[:10]
    assert [column.target for column in preview.columns] == ["email", "name", "phone"]
