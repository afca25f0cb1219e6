"""The contract of imports: one upload each, progress that never goes back, rejects and warnings by line."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from app.errors import BadRequest
from app.ids import new_id
from app.models.imports import IMPORT_LEASE, Import, ImportProgress, ImportTarget, Reject, RowWarning
from app.ports.imports import ImportRepository
from contracts.paging import everything

MOMENT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)

_seconds = count()


def new_import(**fields: Any) -> Import:
    """Announced, with an id that sorts behind those before."""
    return Import(
        **{
            "id": new_id(MOMENT + timedelta(seconds=next(_seconds))),
            "name": "people.csv",
            "created_at": MOMENT,
            **fields,
        }
    )


def stored(imports: ImportRepository, **fields: Any) -> Import:
    record = new_import(**fields)
    assert imports.create(record)
    found = imports.get(record.id)
    assert found is not None
    return found


def running(imports: ImportRepository) -> Import:
    begun = imports.begin(stored(imports).id, "event")
    assert begun is not None
    return begun


class ImportsContract:
    @pytest.mark.parametrize(
        "record",
        [
            new_import(),
            new_import(name="Größe 🦊.csv", content_type="text/csv", size=1 << 40, locale="de"),
            new_import(started_by="a1", report_to="admin@example.com"),
            new_import(progress=ImportProgress(9, 3, 2, 1, 1, True)),
            new_import(dry_run=True),
            new_import(preview_of="dry", mapping={"E-Mail": "email", "Größe": "dropped"}, lease_until=MOMENT),
        ],
        ids=["bare", "announced", "by an administrator", "with progress", "a dry run", "the run of one"],
    )
    def test_returns_every_field_as_it_was_stored(self, imports: ImportRepository, record: Import) -> None:
        record = replace(record, id=new_import().id)

        assert imports.create(record) is True

        assert imports.get(record.id) == record

    def test_has_none_that_was_never_stored(self, imports: ImportRepository) -> None:
        unknown = new_import().id

        assert imports.get(unknown) is None
        assert imports.begin(unknown, "event") is None
        assert imports.finish(unknown, "completed") is None
        imports.advance(unknown, ImportProgress(offset=1))

        assert imports.get(unknown) is None

    def test_a_second_create_changes_nothing(self, imports: ImportRepository) -> None:
        record = stored(imports)

        assert imports.create(replace(record, name="other.csv")) is False

        assert imports.get(record.id) == record

    @pytest.mark.parametrize("mapping", [{}, {"A": "email", "Größe": "dropped"}])
    def test_one_that_has_not_begun_can_be_announced_again_as_it_is(
        self, imports: ImportRepository, mapping: dict[str, ImportTarget]
    ) -> None:
        first = new_import(preview_of="dry", mapping=mapping, lease_until=MOMENT)
        second = replace(first, lease_until=MOMENT + timedelta(hours=1))

        assert imports.announce(first)
        assert imports.announce(second)
        assert imports.get(first.id) == second

        begun = imports.begin(first.id, "event")
        assert not imports.announce(first)
        assert imports.get(first.id) == begun

    @pytest.mark.parametrize(
        ("mapping", "other"),
        [
            ({"A": "email"}, {"A": "name"}),
            ({}, {"A": "name"}),
            ({"A": "name"}, {}),
            ({"A": "name"}, {"B": "name"}),
        ],
    )
    def test_one_that_was_announced_keeps_its_mapping(
        self, imports: ImportRepository, mapping: dict[str, ImportTarget], other: dict[str, ImportTarget]
    ) -> None:
        record = new_import(preview_of="dry", mapping=mapping)
        assert imports.announce(record)

        assert not imports.announce(replace(record, mapping=other))

        assert imports.get(record.id) == record

    def test_a_dry_run_knows_its_run(self, imports: ImportRepository) -> None:
        record, unknown = stored(imports, dry_run=True), new_import().id

        imports.link(record.id, "run")
        imports.link(unknown, "run")

        assert imports.get(record.id) == replace(record, run_id="run")
        assert imports.get(unknown) is None

    def test_begins_once(self, imports: ImportRepository) -> None:
        record = stored(imports)

        begun = imports.begin(record.id, "first")

        assert begun is not None
        assert begun == replace(record, status="running", event="first", lease_until=begun.lease_until)
        assert imports.begin(record.id, "second") is None
        assert imports.begin(record.id, "first") is None
        assert imports.get(record.id) == begun

    def test_each_sign_of_progress_renews_the_lease(self, imports: ImportRepository) -> None:
        before = datetime.now(UTC)
        begun = running(imports)
        found = stored(imports, status="running", event="other")
        imports.advance(begun.id, ImportProgress(offset=9))
        advanced = imports.get(begun.id)

        assert advanced is not None
        for record in (begun, found, advanced):
            assert record.lease_until is not None
            until = record.lease_until + timedelta(milliseconds=1)
            assert before + IMPORT_LEASE <= until <= datetime.now(UTC) + IMPORT_LEASE + timedelta(seconds=1)
        assert advanced.lease_until >= begun.lease_until

    def test_progress_never_goes_back(self, imports: ImportRepository) -> None:
        record = running(imports)
        far, near = ImportProgress(100, 11, 10, 9, 2), ImportProgress(50, 6, 5, 5)

        imports.advance(record.id, far)
        imports.advance(record.id, near)
        behind = imports.get(record.id)
        imports.advance(record.id, replace(far, checked=True))
        ahead = imports.get(record.id)

        assert behind is not None
        assert ahead is not None
        assert (behind.progress, ahead.progress) == (far, replace(far, checked=True))

    @pytest.mark.parametrize("status", ["completed", "failed"])
    def test_ends_once_and_for_good(self, imports: ImportRepository, status: Any) -> None:
        record = running(imports)
        imports.advance(record.id, ImportProgress(offset=9))

        done = imports.finish(record.id, status, reason="unreadable", line=7, detail="A sentence.")

        assert done is not None
        assert done.finished_at is not None
        assert (done.status, done.reason, done.reason_line, done.reason_detail) == (
            status,
            "unreadable",
            7,
            "A sentence.",
        )
        assert imports.finish(record.id, "completed") is None
        imports.advance(record.id, ImportProgress(offset=99))
        assert imports.begin(record.id, "again") is None
        assert imports.get(record.id) == done

    def test_one_that_waits_cannot_end(self, imports: ImportRepository) -> None:
        record = stored(imports)

        assert imports.finish(record.id, "completed") is None
        imports.advance(record.id, ImportProgress(offset=9))

        assert imports.get(record.id) == record

    @pytest.mark.parametrize("limit", [1, 2, 100])
    def test_lists_the_newest_first(self, imports: ImportRepository, limit: int) -> None:
        made = [stored(imports) for _ in range(5)]

        listed = everything(imports.list, limit=limit)

        assert [record for record in listed if record in made] == made[::-1]


class ImportRowsContract:
    @pytest.mark.parametrize("limit", [1, 2, 3, 100])
    def test_lists_rejects_by_line(self, imports: ImportRepository, limit: int) -> None:
        record, other = stored(imports), stored(imports)
        rejects = [
            Reject(2, None, "unreadable"),
            Reject(10, "phone", "not a number"),
            Reject(11, "email", "x"),
        ]
        imports.add_rejects(record.id, rejects[1:])
        imports.add_rejects(record.id, rejects[:1])
        imports.add_rejects(other.id, [Reject(1, None, "theirs")])

        assert everything(imports.rejects, record.id, limit=limit) == rejects

    def test_there_is_one_reject_a_line(self, imports: ImportRepository) -> None:
        record = stored(imports)
        rejects = [Reject(line, "email", "missing") for line in range(1, 61)]

        for _ in range(2):
            imports.add_rejects(record.id, rejects)

        assert everything(imports.rejects, record.id, limit=100) == rejects

    @pytest.mark.parametrize("limit", [1, 2, 3, 100])
    def test_lists_warnings_by_line_and_several_of_one_in_their_order(
        self, imports: ImportRepository, limit: int
    ) -> None:
        record, other = stored(imports), stored(imports)
        warnings = [RowWarning(2, "phone", "b"), RowWarning(2, "country", "a"), RowWarning(10, "locale", "c")]
        for _ in range(2):
            imports.add_warnings(record.id, warnings)
        imports.add_warnings(other.id, [RowWarning(1, "phone", "theirs")])

        assert everything(imports.warnings, record.id, limit=limit) == warnings

    def test_there_may_be_none(self, imports: ImportRepository) -> None:
        record = stored(imports)
        imports.add_rejects(record.id, [])
        imports.add_warnings(record.id, [])

        assert everything(imports.rejects, record.id, limit=10) == []
        assert everything(imports.warnings, record.id, limit=10) == []

    @pytest.mark.parametrize("position", ["", "x" * 65])
    def test_refuses_a_position_that_is_none(self, imports: ImportRepository, position: str) -> None:
        record = stored(imports)

        for read in (
            lambda: imports.rejects(record.id, limit=1, position=position),
            lambda: imports.warnings(record.id, limit=1, position=position),
            lambda: imports.list(limit=1, position=position),
        ):
            with pytest.raises(BadRequest) as refused:
                read()
            assert refused.value.code == "invalid_cursor"
