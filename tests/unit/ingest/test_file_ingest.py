"""A file of raw user data: imported once for each upload, from where it was left, and reported before it is done."""

import gzip
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Unavailable, Unprocessable
from app.models.imports import Reject, RowWarning
from app.ports.raw_files import ObjectGone, ObjectReplaced, RawFile
from app.services.ingest import files as module
from app.services.ingest import source
from app.services.ingest.files import CHUNK_ROWS, RESERVE_SECONDS
from app.services.ingest.source import READ_ONCE
from support.file_ingest import HEADER, WAITING, Setup, event, rows


@pytest.fixture
def setup() -> Setup:
    return Setup()


def test_a_file_is_checked_stored_and_reported_in_this_order(setup):
    setup.imports.create(WAITING)

    setup.run(event("imports/i1"))

    assert setup.log == ["advance 0", "store 2", "advance 2", "report", "finish"]
    assert setup.imports.only.status == "completed"
    assert setup.stats.counts == {"imports": 1, "rowsAccepted": 2, "rowsRejected": 0}
    assert setup.again == []


def test_the_report_says_what_was_read_and_accepted(setup):
    setup.imports.create(WAITING)
    setup.objects.body = HEADER + rows(2) + b"nobody,Nobody\n"

    setup.run(event("imports/i1"))

    (mail,) = setup.outbox.mails
    assert (mail.kind, mail.id, mail.to) == ("import_report", "import-report-i1", "admin@example.com")
    assert (mail.locale, mail.user_id) == ("de", "a1")
    expected = {
        "file": "people.csv",
        "status": "completed",
        "rows": 3,
        "accepted": 2,
        "rejected": 1,
        "warnings": 0,
    }
    assert mail.data == expected
    assert setup.imports.rejected == {4: Reject(4, "email", "email_format")}


def test_a_report_that_cannot_be_sent_leaves_the_import_running_for_a_retry(setup):
    setup.imports.create(WAITING)
    setup.outbox.full = True
    with pytest.raises(Unavailable):
        setup.run(event("imports/i1"))
    assert setup.imports.only.status == "running"

    setup.outbox.full = False
    setup.run(event("imports/i1"))

    assert setup.imports.only.status == "completed"
    assert len(setup.outbox.mails) == 1


def test_a_repeated_event_does_nothing(setup):
    setup.imports.create(WAITING)
    setup.run(event("imports/i1"))
    before = (list(setup.log), len(setup.objects.asked), dict(setup.stats.counts))

    setup.run(event("imports/i1"))

    assert (setup.log, len(setup.objects.asked), setup.stats.counts) == before


def test_an_import_finished_meanwhile_is_reported_and_counted_once(setup):
    setup.imports.create(WAITING)
    setup.meanwhile = lambda: setup.imports.finish("i1", "completed")

    setup.run(event("imports/i1"))

    assert setup.imports.only.status == "completed"
    assert (setup.outbox.mails, setup.stats.counts) == ([], {})


def test_an_event_that_two_take_up_at_once_is_one_import(setup, monkeypatch):
    setup.imports.create(WAITING)
    begin = setup.imports.begin
    monkeypatch.setattr(setup.imports, "begin", lambda *given: [begin(*given), begin(*given)][1])

    setup.run(event("imports/i1"))

    assert (setup.imports.only.id, setup.imports.only.status) == ("i1", "completed")


def test_a_second_upload_through_a_form_is_an_import_of_its_own(setup):
    setup.imports.create(WAITING)
    setup.run(event("imports/i1", sequencer="01"))

    setup.run(event("imports/i1", sequencer="02"))

    other = next(record for record in setup.imports.records.values() if record.id != "i1")
    assert (other.name, other.status, other.report_to) == ("i1", "completed", None)
    assert setup.imports.records["i1"].status == "completed"
    assert len(setup.outbox.mails) == 1


@pytest.mark.parametrize(
    ("key", "name"), [("users/a/b.csv", "b.csv"), ("users/", "file"), ("x" * 300, "x" * 200)]
)
def test_a_file_without_an_import_record_is_named_after_its_key(setup, key, name):
    setup.run(event(key))

    assert (setup.imports.only.name, setup.imports.only.status) == (name, "completed")
    assert setup.outbox.mails == []


def test_it_reads_the_version_that_the_event_tells_of(setup):
    setup.run()

    assert {file for file, _ in setup.objects.asked} == {RawFile("ingest", "users/people.csv", "v1", "etag")}


def test_nothing_is_begun_without_the_time_for_it(setup):
    setup.run(left=RESERVE_SECONDS - 0.1)

    assert setup.again == [{"raw": "users/people.csv"}]
    assert setup.objects.asked == []
    assert setup.imports.only.status == "running"


def utf16(text: bytes) -> bytes:
    return ("\ufeff" + text.decode()).encode("utf-16-le")


@pytest.mark.parametrize(
    "pack",
    [bytes, gzip.compress, utf16, lambda text: gzip.compress(utf16(text))],
    ids=["plain", "gzip", "utf-16", "gzip of utf-16"],
)
@pytest.mark.parametrize("read_once", [READ_ONCE, 0], ids=["small", "large"])
def test_when_the_time_is_over_it_goes_on_where_it_was(setup, pack, read_once, monkeypatch):
    monkeypatch.setattr(source, "READ_ONCE", read_once)
    setup.objects.body = pack(HEADER + rows(CHUNK_ROWS) + b"nobody,Nobody\n" + rows(5, CHUNK_ROWS))
    setup.run(checks=2)  # before it begins, and before the first thousand rows
    assert setup.log == ["advance 0", f"store {CHUNK_ROWS}", f"advance {CHUNK_ROWS}"]
    assert len(setup.again) == 1
    setup.objects.asked.clear()

    setup.run()

    assert setup.log[3:] == ["store 5", f"advance {CHUNK_ROWS + 6}", "finish"]
    assert setup.imports.rejected == {CHUNK_ROWS + 2: Reject(CHUNK_ROWS + 2, "email", "email_format")}
    progress = setup.imports.only.progress
    assert (progress.rows, progress.accepted, progress.checked) == (CHUNK_ROWS + 6, CHUNK_ROWS + 5, True)
    assert len(setup.user_data.rows) == CHUNK_ROWS + 5
    if pack is bytes and read_once == 0:
        assert setup.objects.asked[-1][1] > CHUNK_ROWS  # its beginning is not read again


@pytest.mark.parametrize("said", [9, None], ids=["of another size", "of no size"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, utf16], ids=["plain", "gzip", "utf-16"])
def test_a_small_file_is_asked_for_once(setup, pack, said):
    setup.objects.body = pack(HEADER + rows(CHUNK_ROWS + 5))

    setup.run(replace(event(), size=said))

    assert [offset for _, offset in setup.objects.asked] == [0]
    assert len(setup.user_data.rows) == CHUNK_ROWS + 5


@pytest.mark.parametrize("more", [0, 1])
@pytest.mark.parametrize("said", [9, None, 1 << 30])
def test_a_file_of_any_size_is_stored_whole(setup, more, said, monkeypatch):
    """Whatever its event says of its size; one byte more than is kept, and it is not."""
    monkeypatch.setattr(source, "READ_ONCE", len(setup.objects.body) - more)

    setup.run(replace(event(), size=said))

    assert (setup.imports.only.progress.accepted, setup.imports.only.status) == (2, "completed")
    assert (len(setup.objects.asked) == 1) is (more == 0 and said != 1 << 30)


def test_what_is_recorded_is_not_read_back(setup, monkeypatch):
    read = list[str]()
    monkeypatch.setattr(setup.imports, "get", read.append)

    setup.run()

    assert read == []
    assert setup.imports.only.status == "completed"


def test_a_chunk_ends_with_its_bytes_too(setup, monkeypatch):
    monkeypatch.setattr(module, "CHUNK_BYTES", 2 * len(rows(1)))
    setup.objects.body = HEADER + rows(9)

    setup.run()

    assert setup.log == [
        "advance 0",
        *("store 3", "advance 3", "store 3", "advance 6", "store 3", "advance 9"),
        "finish",
    ]


def test_of_one_person_in_two_rows_the_last_counts(setup):
    setup.objects.body = HEADER + b"ada@example.com,First\nada@example.com,Second\n"

    setup.run()

    assert setup.user_data.rows["ada@example.com"].name == "Second"


def test_a_birth_date_after_the_upload_is_not_read(setup):
    setup.objects.body = b"email,birthDate\na@example.com,2020-02-29\nb@example.com,2020-03-01\n"

    setup.run(replace(event(), time="2020-02-29T23:59:59Z"))

    assert setup.user_data.rows["a@example.com"].birth_date == "2020-02-29"
    assert setup.user_data.rows["b@example.com"].attributes == {"unread": {"birthDate": "2020-03-01"}}


@pytest.mark.parametrize(
    ("body", "reason", "line"), [(HEADER + rows(1) + b"\xff\n", "not_utf8", 3), (b"", "empty", None)]
)
def test_a_file_that_cannot_be_read_to_its_end_stores_nothing_and_is_reported(setup, body, reason, line):
    setup.imports.create(WAITING)
    setup.objects.body = body

    setup.run(event("imports/i1"))

    assert setup.log == ["report", "finish"]
    record = setup.imports.only
    assert (record.status, record.reason, record.reason_line) == ("failed", reason, line)
    assert setup.outbox.mails[0].data["status"] == "failed"
    assert setup.stats.counts == {"imports": 1, "rowsAccepted": 0, "rowsRejected": 0}


@pytest.mark.parametrize(
    ("fault", "reason"), [(ObjectGone(), "object_gone"), (ObjectReplaced(), "object_replaced")]
)
def test_a_file_that_is_another_by_now_has_failed(setup, fault, reason):
    setup.objects.fault = fault

    setup.run()

    assert (setup.imports.only.status, setup.imports.only.reason) == ("failed", reason)


def test_a_row_that_is_no_row_is_rejected_with_its_own_reason(setup):
    setup.objects.body = HEADER + b"ada@example.com,Ada,more\nb@example.com,B\n"

    setup.run()

    (reject,) = setup.imports.rejected.values()
    assert (reject.line, reject.field) == (2, None)
    assert reject.reason not in ("", "malformed")


def test_a_file_put_into_the_bucket_gives_its_import_a_composed_name(setup):
    setup.run(event("users/Kunden Mu\u0308nchen.csv"))

    assert setup.imports.only.name == "Kunden M\u00fcnchen.csv"


def test_warnings_are_kept_by_line_and_counted(setup):
    setup.imports.create(WAITING)
    setup.objects.body = (
        b"email,phone,country\na@example.com,123,US\nb@example.com,ask,Atlantis\nnobody,ask,ask\n"
    )

    setup.run(event("imports/i1"))

    assert setup.imports.warned == [
        RowWarning(2, "phone", "phone_format"),
        RowWarning(3, "country", "unknown_country"),
        RowWarning(3, "phone", "phone_format"),
    ]
    assert setup.imports.only.progress.warnings == 3
    assert setup.outbox.mails[0].data["warnings"] == 3


def test_a_dropped_column_is_reported_once_in_a_chunk(setup):
    setup.objects.body = b"email,password\na@example.com,x\nb@example.com,y\n"

    setup.run()

    assert setup.imports.warned == [RowWarning(2, "password", "secret_column")]
    assert setup.user_data.rows["b@example.com"].attributes == {}


def test_only_the_first_warnings_are_stored_and_all_are_counted(setup, monkeypatch):
    monkeypatch.setattr(module, "MAX_WARNINGS", CHUNK_ROWS + 2)
    bad = b"".join(b"p%d@example.com,ask\n" % number for number in range(CHUNK_ROWS + 5))
    setup.objects.body = b"email,phone\n" + bad

    setup.run()

    assert len(setup.imports.warned) == CHUNK_ROWS + 2
    assert setup.imports.only.progress.warnings == CHUNK_ROWS + 5


def test_a_file_without_an_email_column_says_what_it_found(setup):
    setup.objects.body = b"Nmae,Adress Mail\nAda,x\n"

    setup.run()

    assert setup.imports.only.reason == "no_email_column"
    assert setup.imports.only.reason_detail.startswith('Found: "Nmae", "Adress Mail".')


@pytest.mark.parametrize("body", [b"email,name\n", b"[]", gzip.compress(b"email\n", mtime=0)])
def test_a_file_without_rows_is_completed_with_none(setup, body):
    setup.objects.body = body

    setup.run()

    record = setup.imports.only
    assert (record.status, record.progress.rows, record.progress.accepted) == ("completed", 0, 0)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n", "empty"),
        (gzip.compress(b"", mtime=0), "empty"),
        ("\ufeff".encode("utf-16-le"), "empty"),
        (b"a@example.org;Ada\n", "no_header"),
        (gzip.compress(gzip.compress(b"email\n", mtime=0), mtime=0), "gzip_in_gzip"),
    ],
)
def test_a_file_without_a_table_has_failed(setup, body, reason):
    setup.imports.create(WAITING)
    setup.objects.body = body

    setup.run(event("imports/i1"))

    record = setup.imports.only
    assert (record.status, record.reason, record.progress.rows) == ("failed", reason, 0)
    assert setup.user_data.rows == {}


CELLS = st.sampled_from(
    [b"a@example.org", b"N/A", b"05/07/1990", b"+1", b'"', b",", b"\n", b"\xff", b"{", b"[", b"\0"]
)


@given(st.binary(max_size=60) | st.lists(CELLS, max_size=12).map(b"".join), st.booleans())
def test_of_any_bytes_each_row_is_accepted_or_rejected(tail, with_header):
    setup = Setup()
    setup.objects.body = b"email,phone,Phone ,Birthday,password\n" + tail if with_header else tail

    setup.run()

    record = setup.imports.only
    if record.status == "failed":
        assert record.reason
        return
    assert record.progress.accepted + len(setup.imports.rejected) == record.progress.rows
    assert record.progress.warnings == len(setup.imports.warned)


def test_a_row_that_can_never_be_stored_is_rejected_and_the_others_are_stored(setup, monkeypatch):
    upsert = setup.user_data.upsert

    def refusing(rows: list) -> int:
        if any(data.email == "p3@example.com" for data, _ in rows):
            raise Unprocessable("too large", code="not_storable")
        return upsert(rows)

    monkeypatch.setattr(setup.user_data, "upsert", refusing)
    setup.objects.body = HEADER + rows(5)

    setup.run()

    assert setup.imports.only.status == "completed"
    assert setup.imports.rejected == {5: Reject(5, None, "not_storable")}
    progress = setup.imports.only.progress
    assert (progress.rows, progress.accepted, progress.rejected) == (5, 4, 1)


def test_an_event_that_is_given_up_ends_its_import_once(setup, monkeypatch):
    def unavailable(_rows: list) -> int:
        raise Unavailable

    monkeypatch.setattr(setup.user_data, "upsert", unavailable)
    setup.objects.body = HEADER + rows(2)
    with pytest.raises(Unavailable):
        setup.run()
    assert setup.imports.only.status == "running"

    for _ in range(2):
        setup.ingest.give_up(event(), "unavailable")

    assert (setup.imports.only.status, setup.imports.only.reason) == ("failed", "unavailable")
