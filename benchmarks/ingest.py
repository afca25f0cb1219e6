"""How fast a file of raw user data is taken in, and how much memory that takes.

    python benchmarks/ingest.py                      10 k, 100 k and 1 M rows, everything but the tables and S3
    python benchmarks/ingest.py --aws 10000          besides, that many rows through the embedded AWS

Each size runs in a process of its own. `extra MiB` is the peak of its resident memory over what it had before the
first row. Without AWS, pieces of the file are made as they are asked for, and rows are dropped where they would be
stored: it measures decompression, parsing and transforming, twice over, for the file is checked before it is stored.
"""

import argparse
import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]
SIZES = (10_000, 100_000, 1_000_000)
HEADER = b"email,name,phone,birthDate,country,locale,plan\n"


def pieces(rows: int) -> Iterator[bytes]:
    """A CSV file in pieces of about 64 KiB. One row in a hundred is bad."""
    lines = [HEADER]
    for number in range(rows):
        email = "nobody" if number % 100 == 99 else f"person{number}@example.com"
        phone = f"+4420794{number % 100_000:05}"
        lines.append(
            f"{email},Person {number},{phone},1990-02-{number % 28 + 1:02},GB,en_gb,basic\n".encode()
        )
        if len(lines) >= 700:
            yield b"".join(lines)
            lines = []
    yield b"".join(lines)


class MadeFiles:
    """Instead of S3."""

    def __init__(self, rows: int, *, packed: bool) -> None:
        self.rows, self.packed = rows, packed

    def pieces(self, _file: object, offset: int = 0) -> Iterator[bytes]:
        for piece in map(gzip.compress, pieces(self.rows)) if self.packed else pieces(self.rows):
            if offset < len(piece):
                yield piece[offset:]
            offset = max(0, offset - len(piece))


class Dropped:
    """Instead of the tables: counts, and keeps no more than the import itself."""

    def __init__(self) -> None:
        self.record = None
        self.written = 0

    def create(self, record) -> bool:
        self.record = self.record or record
        return True

    def get(self, _import_id: str):
        return self.record

    def upsert(self, rows: Sequence[object]) -> int:
        self.written += len(rows)
        return len(rows)

    def owners(self, _emails: Sequence[str]) -> dict[str, str]:
        return {}

    def get_many(self, _keys: Sequence[str]) -> list[object]:
        return []

    def advance(self, _import_id: str, progress) -> None:
        self.record = replace(self.record, progress=progress)

    def add_rejects(self, _import_id: str, rejects: Sequence[object]) -> None:
        pass

    def add_warnings(self, _import_id: str, warnings: Sequence[object]) -> None:
        pass

    def finish(self, _import_id: str, status: str, **_reason: object):
        self.record = replace(self.record, status=status)
        return self.record

    def add(self, **_deltas: int) -> None:
        pass


def event(bucket: str, key: str, version_id: str | None = None):
    from app.services.ingest.events import of_s3

    moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    stored = {"key": key, "sequencer": "00", "versionId": version_id}
    return of_s3(
        {
            "eventName": "ObjectCreated:Put",
            "eventTime": moment,
            "s3": {"bucket": {"name": bucket}, "object": stored},
        }
    )


def megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(ingest, given) -> dict[str, float]:
    before, started = megabytes(), time.perf_counter()
    ingest.run(given, lambda: float("inf"))
    return {"seconds": time.perf_counter() - started, "extra": megabytes() - before}


def without_aws(rows: int, *, packed: bool) -> dict[str, float]:
    from app.services.ingest.files import FileIngest
    from app.services.prefill import FillingUserData

    sink = Dropped()
    ingest = FileIngest(
        files=MadeFiles(rows, packed=packed),
        user_data=FillingUserData(sink, sink),
        imports=sink,
        previews=None,
        outbox=None,
        stats=sink,
        again=None,
    )
    result = measured(ingest, event("bucket", "users/file.csv"))
    assert (sink.record.status, sink.record.progress.rows, sink.written) == (
        "completed",
        rows,
        rows - rows // 100,
    )
    return result


def through_aws(rows: int) -> dict[str, float]:
    from app.aws.raw_files import S3RawFiles
    from app.repositories.dynamodb.imports import DynamoImports
    from app.repositories.dynamodb.user_data import DynamoUserData
    from app.repositories.dynamodb.users import DynamoUsers
    from app.services.ingest.files import FileIngest
    from app.services.prefill import FillingUserData
    from support.stack import running_stack, running_valkey

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        with running_valkey(root / "valkey") as url, running_stack(root / "stack", redis_url=url) as stack:
            clients, settings = stack.clients(), stack.settings
            user_data = FillingUserData(
                DynamoUserData(clients, settings.tables["user_data"]),
                DynamoUsers(clients, settings.tables["users"]),
            )
            imports = DynamoImports(clients, settings.tables["operations"])
            body = b"".join(pieces(rows))
            answer = clients.s3.put_object(Bucket=settings.ingest_bucket, Key="bench/file.csv", Body=body)
            ingest = FileIngest(
                files=S3RawFiles(clients),
                user_data=user_data,
                imports=imports,
                previews=None,
                outbox=None,
                stats=Dropped(),
                again=None,
            )
            return measured(ingest, event(settings.ingest_bucket, "bench/file.csv", answer["VersionId"]))


def in_own_process(*arguments: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--one", *arguments]
    environment = {"PATH": "/usr/bin:/bin"}
    ran = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return json.loads(ran.stdout.splitlines()[-1])


def show(label: str, rows: int, result: dict[str, float]) -> None:
    print(
        f"{label:12} {rows:>9,} rows  {rows / result['seconds']:>9,.0f} rows/s  {result['extra']:>6.1f} extra MiB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="*", default=SIZES)
    parser.add_argument("--aws", type=int, nargs="*", default=())
    parser.add_argument("--one", nargs=2, metavar=("KIND", "ROWS"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        kind, rows = given.one[0], int(given.one[1])
        print(json.dumps(through_aws(rows) if kind == "aws" else without_aws(rows, packed=kind == "gzip")))
        return
    for rows in given.rows:
        for kind in ("csv", "gzip"):
            show(kind, rows, in_own_process(kind, str(rows)))
    for rows in given.aws:
        show("embedded AWS", rows, in_own_process("aws", str(rows)))


if __name__ == "__main__":
    main()
