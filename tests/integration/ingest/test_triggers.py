"""Raw user data through the emulator's own triggers: bucket, queue, stream and topic."""

import gzip
import json
import uuid

import pytest

from support.ingest import eventually

CSV = "e-mail;First Name;last_name;phone;country;shoe size\n"


def test_a_file_in_the_bucket_becomes_rows(ingest):
    name = f"{uuid.uuid4()}.csv"
    body = (
        CSV
        + f" ADA@{ingest.domain} ;Ada;Lovelace;020 7946 0000;United Kingdom;38\n"
        + "nobody;No;Address;;;\n"
    )

    ingest.put(body.encode(), f"users/{name}")

    record = ingest.import_named(name)
    assert (record.status, record.progress.rows, record.progress.accepted) == ("completed", 2, 1)
    row = ingest.row("ada")
    assert (row.name, row.phone, row.country) == ("Ada Lovelace", "+442079460000", "GB")
    assert row.attributes == {"shoe size": "38"}
    (reject,) = ingest.imports.rejects(record.id, limit=10).items
    assert (reject.line, reject.field, reject.reason) == (3, "email", "email_format")


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("form", ["array", "lines"])
def test_json_in_both_forms(ingest, form, packed):
    records = [{"email": ingest.address(f"p{i}"), "name": f"Person {i}"} for i in range(3)]
    text = json.dumps(records) if form == "array" else "\n".join(map(json.dumps, records))
    body = gzip.compress(text.encode()) if packed else text.encode()

    ingest.put(body)

    assert [ingest.wait_for(f"p{i}").name for i in range(3)] == ["Person 0", "Person 1", "Person 2"]


def test_one_record_and_many_in_a_message(ingest):
    ingest.send({"email": ingest.address("one"), "name": "One"})
    ingest.send({"records": [{"email": ingest.address(name), "name": name} for name in ("two", "three")]})

    assert [ingest.wait_for(name).name for name in ("one", "two", "three")] == ["One", "two", "three"]


def test_a_bad_record_becomes_a_dead_letter_and_its_neighbours_are_stored(ingest):
    bad = {"email": "nobody", "note": ingest.domain}

    ingest.send({"records": [{"email": ingest.address("good")}, bad]})

    (letter,) = eventually(lambda: ingest.dead_letters(ingest.domain))
    assert json.loads(letter["Body"]) == {"records": [bad]}
    assert letter["MessageAttributes"]["reason"]["StringValue"] == "email: email_format"
    assert ingest.wait_for("good")


def test_what_is_no_json_becomes_a_dead_letter_at_once(ingest):
    ingest.send(f"<poison>{ingest.domain}")

    (letter,) = eventually(lambda: ingest.dead_letters(ingest.domain))

    assert letter["Body"] == f"<poison>{ingest.domain}"
    assert letter["MessageAttributes"]["reason"]["StringValue"] == "malformed_json"


def test_a_record_of_the_stream(ingest):
    kinesis = ingest.stack.local.aws.client("kinesis")
    stream = ingest.stack.local.physical_id("IngestStreamResource")
    bad, good = b"\xff\x00", json.dumps({"email": ingest.address("streamed"), "name": "S"}).encode()

    for data in (bad, good):
        kinesis.put_record(StreamName=stream, Data=data, PartitionKey="one")

    assert ingest.wait_for("streamed", seconds=60).name == "S"


def test_deletions_are_acknowledged(ingest):
    key = ingest.put(f"email\n{ingest.address('gone')}\n".encode())
    assert ingest.wait_for("gone")

    ingest.clients.s3.delete_object(Bucket=ingest.stack.env["INGEST_BUCKET"], Key=key)
    ingest.send({"email": ingest.address("after")})

    assert ingest.wait_for("after")
    assert ingest.row("gone") is not None
    assert ingest.dead_letters(ingest.domain) == []
