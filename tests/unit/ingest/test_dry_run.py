"""A dry run: the file is read whole, shown in part, and no user data is stored. Its run stores it."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Unavailable
from app.models.imports import Import, Reject, RowWarning
from app.models.user_data import UserData
from app.ports.previews import ImportPreview, PreviewColumn
from app.services.ingest import files as module
from app.services.ingest import previewing
from app.services.ingest.events import of_s3
from app.services.ingest.files import CHUNK_ROWS
from app.services.ingest.previewing import MAX_COLUMNS, MAX_TEXT, ROWS
from support.file_ingest import HEADER, WAITING, Setup, event, rows

KEY = "imports/previews/i1"
RUN = Import(id="r1", name="people.csv", report_to="admin@example.com", preview_of="i1")


@pytest.fixture
def setup() -> Setup:
    setup = Setup()
    setup.imports.create(replace(WAITING, dry_run=True))
    return setup


def preview_of(setup: Setup, body: bytes) -> ImportPreview:
    setup.objects.body = body
    setup.run(event(KEY))
    assert setup.imports.only.status == "previewed"
    return setup.previews.previews["i1"]


def test_it_is_read_shown_and_not_stored_reported_or_counted(setup):
    preview_of(setup, HEADER + rows(2) + b"nobody,No\n")

    assert setup.log == ["preview 2", "advance 3", "preview 2", "finish"]
    progress = setup.imports.only.progress
    assert (progress.rows, progress.accepted, progress.rejected) == (3, 2, 1)
    assert setup.imports.rejected == {4: Reject(4, "email", "email_format")}
    assert setup.user_data.rows == {}
    assert (setup.outbox.mails, setup.stats.counts) == ([], {})


def test_it_shows_what_becomes_of_each_column(setup):
    preview = preview_of(setup, b"Mobile,Password,E-Mail,Notes,Phone\n,,a@example.com,,\n")

    assert preview.columns == (
        PreviewColumn("Mobile", "phone", "Mobile", 2, False),
        PreviewColumn("Password", "dropped", "Password", None, True),
        PreviewColumn("E-Mail", "email", "E-Mail", 1, False),
        PreviewColumn("Notes", "attribute", "Notes", None, False),
        PreviewColumn("Phone", "phone", "Phone", 1, False),
    )
    assert preview.event == {"raw": KEY}


def test_it_shows_the_first_rows_as_they_would_be_stored(setup):
    lines = [b"%d@example.com,+44 20 7946 0000,%d" % (n, n) for n in range(ROWS + 2)]
    preview = preview_of(setup, b"email,phone,shoe size\nnobody,,\n" + b"\n".join(lines))

    assert [row.line for row in preview.rows] == list(range(3, ROWS + 3))
    assert preview.rows[0].data == UserData(
        email="0@example.com", phone="+442079460000", attributes={"shoe size": "0"}
    )


def test_warnings_are_kept_as_those_of_an_import_and_the_first_rejects(setup, monkeypatch):
    monkeypatch.setattr(module, "MAX_WARNINGS", 2)
    preview_of(setup, b"email,phone\na@example.com,ask\n" + b"nobody,\n" * 3)

    assert setup.imports.warned == [RowWarning(2, "phone", "phone_format")]
    assert list(setup.imports.rejected) == [3, 4]
    assert setup.imports.only.progress.rejected == 3


def test_rows_of_one_address_are_counted(setup):
    assert preview_of(setup, HEADER + rows(3) + rows(2)).duplicates == 2


def test_in_a_long_file_they_are_not(setup, monkeypatch):
    monkeypatch.setattr(previewing, "_MAX_ADDRESSES", 2)

    assert preview_of(setup, HEADER + rows(3) + rows(2)).duplicates is None


def test_the_columns_of_json_are_those_of_all_records(setup):
    body = (
        b'[{"email": "a@example.com", "b": 1.50}, {"mail": "x", "c": {"d": [2]}, "email": "b@example.com"}]'
    )
    preview = preview_of(setup, body)

    assert [column.header for column in preview.columns] == ["email", "b", "mail", "c"]
    assert preview.rows[1].data.attributes["c"] == {"d": [2]}


def test_a_file_without_an_email_column_is_shown_so_that_one_can_be_chosen(setup):
    preview = preview_of(setup, b"Kontakt,Name\na@example.com,Ada\n")

    assert [column.target for column in preview.columns] == ["attribute", "name"]
    assert preview.rows == ()
    assert setup.imports.rejected == {2: Reject(2, "email", "required")}


def test_a_header_alone_is_shown(setup):
    preview = preview_of(setup, HEADER)

    assert [column.header for column in preview.columns] == ["email", "name"]
    assert (preview.rows, preview.duplicates) == ((), 0)


def test_long_values_are_cut_visibly(setup):
    record = {"email": "a@example.com", "name": "n", "text": "x" * 300, "deep": {"list": ["y" * 300]}}
    (row,) = preview_of(setup, json.dumps([record]).encode()).rows

    assert row.data.attributes["text"] == "x" * MAX_TEXT + "…"
    assert row.data.attributes["deep"] == '{"list": ["' + "y" * (MAX_TEXT - 11) + "…"


def test_a_preview_of_any_file_fits_into_one_item(setup):
    names = [f"{'漢' * 150}{number}" for number in range(45)]
    records = [
        {"email": f"{n}@example.com"} | {f"{n} {name}": "字" * 30 for name in names} for n in range(12)
    ]
    preview = preview_of(setup, json.dumps(records, ensure_ascii=False).encode())

    shown = json.dumps([[c.header, c.attribute] for c in preview.columns], ensure_ascii=False)
    assert len(shown.encode()) < 140_000
    assert preview.left_out == 12 * len(names) + 1 - len(preview.columns) > 0
    for row in preview.rows:
        assert row.left_out == len(names) - len(row.data.attributes) > 0
        assert len(json.dumps(row.data.attributes, ensure_ascii=False).encode()) < 9000


def test_headers_that_cannot_be_shown_are_counted(setup):
    record = {"email": "a@example.com", "x" * 201: 1, " ": 2, "\ud800": 3, "Phone": ""}
    preview = preview_of(setup, json.dumps([record]).encode())

    assert [column.header for column in preview.columns] == ["email", "Phone"]
    assert preview.left_out == 3


def test_only_the_first_columns_are_shown(setup):
    records = [{f"c{n}-{number}": "x" for number in range(300)} for n in range(2)]
    preview = preview_of(setup, json.dumps(records).encode())

    assert (len(preview.columns), preview.left_out) == (MAX_COLUMNS, 100)


def test_when_the_time_is_over_it_goes_on_where_it_was(setup):
    setup.objects.body = HEADER + rows(CHUNK_ROWS) + b"nobody,Nobody\n" + rows(5, CHUNK_ROWS)
    setup.run(event(KEY), checks=2)
    assert setup.log == ["preview 10", f"advance {CHUNK_ROWS}"]
    assert setup.again == [{"raw": KEY}]

    setup.run(event(KEY))

    assert setup.log[2:] == [f"advance {CHUNK_ROWS + 6}", "finish"]
    preview = setup.previews.previews["i1"]
    assert ([row.line for row in preview.rows], preview.duplicates) == (list(range(2, 12)), None)
    assert setup.imports.only.progress.accepted == CHUNK_ROWS + 5


@pytest.mark.parametrize("moment", ["save", "advance", "finish"])
def test_whenever_it_dies_it_is_repeated_and_ends(setup, monkeypatch, moment):
    place = setup.previews if moment == "save" else setup.imports
    with monkeypatch.context() as dying:

        def die(*_given: object, **_named: object) -> None:
            raise Unavailable

        dying.setattr(place, moment, die)
        setup.objects.body = HEADER + rows(12)
        with pytest.raises(Unavailable):
            setup.run(event(KEY))

    setup.run(event(KEY))

    assert setup.imports.only.status == "previewed"
    assert setup.imports.only.progress.rows == 12
    assert [row.line for row in setup.previews.previews["i1"].rows] == list(range(2, 12))


def test_what_cannot_be_read_to_its_end_has_failed_without_a_mail(setup):
    setup.objects.body = HEADER + rows(1) + b"\xff\n"

    setup.run(event(KEY))

    assert (setup.imports.only.status, setup.imports.only.reason) == ("failed", "not_utf8")
    assert (setup.outbox.mails, setup.stats.counts) == ([], {})


def test_a_second_upload_through_its_form_is_a_dry_run_too(setup):
    setup.run(event(KEY, sequencer="01"))

    setup.run(event(KEY, sequencer="02"))

    assert [record.status for record in setup.imports.records.values()] == ["previewed", "previewed"]
    assert setup.user_data.rows == {}


def run_event(run_id: str) -> dict:
    stored = {"key": KEY, "versionId": "v1", "sequencer": "01", "eTag": "etag"}
    return {
        "eventName": "ObjectCreated:Post",
        "eventTime": "2026-11-21T10:00:00Z",
        "s3": {"bucket": {"name": "ingest"}, "object": stored},
        "importId": run_id,
    }


def test_its_run_stores_the_file_once_with_the_corrected_mapping(setup):
    preview_of(setup, b"Kontakt,Mobile\na@example.com,+442079460000\n")
    setup.imports.announce(replace(RUN, mapping={"Kontakt": "email", "Mobile": "dropped"}))

    setup.run(of_s3(run_event("r1")))
    setup.run(of_s3(run_event("r1")))

    ended = {name: record.status for name, record in setup.imports.records.items()}
    assert ended == {"i1": "previewed", "r1": "completed"}
    assert setup.user_data.rows == {"a@example.com": UserData(email="a@example.com")}
    assert [mail.id for mail in setup.outbox.mails] == ["import-report-r1"]
    assert setup.stats.counts == {"imports": 1, "rowsAccepted": 1, "rowsRejected": 0}


def test_a_run_replaces_what_came_since_the_upload(setup):
    preview_of(setup, HEADER + rows(1))
    setup.run(replace(event("users/other.csv"), time="2026-11-21T09:59:00Z"))
    setup.imports.announce(RUN)
    setup.objects.body = HEADER + b"p0@example.com,Later\n"

    setup.run(of_s3(run_event("r1")))

    assert setup.user_data.rows["p0@example.com"].name == "Later"


def test_the_run_of_an_unknown_import_stores_nothing(setup):
    setup.run(of_s3(run_event("gone")))

    assert list(setup.imports.records) == ["i1"]
    assert setup.user_data.rows == {}


def test_a_run_that_is_given_up_has_failed(setup):
    setup.imports.announce(RUN)

    setup.ingest.give_up(of_s3(run_event("r1")), "unavailable")
    setup.ingest.give_up(of_s3(run_event("gone")), "unavailable")

    assert list(setup.imports.records) == ["i1", "r1"]
    run = setup.imports.records["r1"]
    assert (run.status, run.reason) == ("failed", "unavailable")


CELLS = st.sampled_from(
    [b"a@example.org", b"N/A", b"05/07/1990", b"+1", b'"', b",", b"\n", b"\xff", b"{", b"[", b"\0"]
)


@given(st.binary(max_size=60) | st.lists(CELLS, max_size=12).map(b"".join), st.booleans())
def test_a_dry_run_of_any_bytes_counts_the_rows_that_an_import_stores(tail, with_header):
    setup = Setup()
    setup.objects.body = b"email,phone,Phone ,Birthday,password\n" + tail if with_header else tail
    setup.run(event(KEY))
    setup.run(event("users/the-same"))

    dry, real = sorted(setup.imports.records.values(), key=lambda record: not record.dry_run)
    if (dry.status, real.reason) == ("previewed", "no_email_column"):
        assert dry.progress.accepted == 0
        return
    assert (dry.status == "previewed", dry.reason) == (real.status == "completed", real.reason)
    if dry.status == "previewed":
        counts = [(p.rows, p.accepted, p.warnings) for p in (dry.progress, real.progress)]
        assert counts[0] == counts[1]
