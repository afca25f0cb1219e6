"""The table against the model: said in any order, more than once, by several at a time."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.aws.raw_files import S3RawFiles
from app.models.imports import Import, ImportProgress
from app.models.user_data import EventOrder, UserData
from app.repositories.dynamodb.previews import DynamoPreviews
from app.services.ingest import files
from app.services.ingest.events import of_s3
from app.services.ingest.files import FileIngest
from app.services.ingest.ids import id_of
from support.ingest import stored, table
from support.mail import Outbox
from support.memory import MemoryStats, MemoryUserData


def said(ingest, seed: int) -> list[tuple[UserData, EventOrder]]:
    chance = random.Random(seed)
    sources = ("sqs", "s3:one", "s3:two")
    return [
        (
            UserData(email=ingest.address(f"p{chance.randrange(30)}"), name=f"said {number}"),
            EventOrder(number // 3, chance.choice(sources), f"{number:05}"),
        )
        for number in range(600)
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_in_any_order_the_newest_stays(ingest, seed):
    rows = said(ingest, seed)
    expected = MemoryUserData()
    expected.upsert(rows)
    shuffled = rows * 2
    random.Random(seed).shuffle(shuffled)
    parts = [shuffled[i : i + 170] for i in range(0, len(shuffled), 170)]

    with ThreadPoolExecutor(3) as several:
        list(several.map(ingest.user_data.upsert, parts))

    assert {email: ingest.user_data.get(email) for email in expected.rows} == expected.rows


def test_of_one_source_its_own_sequence_counts_and_not_the_clock(ingest):
    email = ingest.address("ada")
    newer = (UserData(email=email, name="newer"), EventOrder(1, "s3:one", "2"))
    older = (UserData(email=email, name="older"), EventOrder(2, "s3:one", "1"))

    assert ingest.user_data.upsert([newer]) == 1
    assert ingest.user_data.upsert([older]) == 0
    assert ingest.user_data.upsert([newer]) == 0

    assert ingest.row("ada").name == "newer"


def test_a_newer_row_replaces_all_of_an_older_one(ingest):
    full = UserData(
        email=ingest.address("ada"), name="Ada", phone="+442079460000", attributes={"a": [1, None]}
    )
    bare = UserData(email=full.email, country="GB")

    ingest.user_data.upsert([(full, EventOrder(1, "sqs", "1"))])
    assert ingest.row("ada") == full
    ingest.user_data.upsert([(bare, EventOrder(2, "sqs", "2"))])

    assert ingest.row("ada") == bare


def test_when_the_time_runs_out_the_event_goes_round_again(ingest, monkeypatch):
    monkeypatch.setattr(files, "CHUNK_ROWS", 60)
    rows = table(ingest, 5)
    record = stored(ingest, rows)
    again: list[dict] = []
    stats, mail = MemoryStats(), Outbox()
    one = FileIngest(
        files=S3RawFiles(ingest.clients),
        user_data=ingest.user_data,
        imports=ingest.imports,
        previews=DynamoPreviews(ingest.clients, ingest.stack.settings.tables["operations"]),
        outbox=mail,
        stats=stats,
        again=again.append,
    )
    seen: list[int] = []
    rounds = 0

    while rounds == 0 or again:
        rounds += 1
        clock = iter([300.0, 300.0, 300.0, 1.0])
        pending = again.pop() if again else record
        one.run(of_s3(pending), lambda clock=clock: next(clock))
        seen.append(ingest.imports.get(id_of(of_s3(record))).progress.rows)

    assert seen == [120, 240, 360, 400]
    done = ingest.imports.get(id_of(of_s3(record)))
    good = sum(row["email"] != "nobody" for row in rows)
    assert (done.status, done.progress.accepted) == ("completed", good)
    assert stats.read() == {"imports": 1, "rowsAccepted": good, "rowsRejected": 400 - good}


def test_progress_never_goes_back(ingest):
    record = stored(ingest, table(ingest, 6)[:1])
    key = id_of(of_s3(record))
    ingest.imports.create(Import(id=key, name="x", status="running"))
    ingest.imports.advance(key, ImportProgress(offset=20, rows=2))
    ingest.imports.advance(key, ImportProgress(offset=10, rows=1))

    assert ingest.imports.get(key).progress.rows == 2
