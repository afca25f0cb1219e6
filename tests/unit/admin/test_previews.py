"""Previews: seen and run for a day, by a mapping that fits the columns, once."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from app.errors import AppError, Conflict, Gone, NotFound, Unavailable, Unprocessable
from app.models.imports import IMPORT_LEASE, PREVIEW_LIFE, Import, ImportTarget
from app.models.moments import now
from app.models.users import User
from app.ports.previews import ImportPreview, PreviewColumn
from app.services.admin import previews as module
from app.services.admin.audit import Audit
from app.services.admin.previews import Previews
from app.services.cursors import CursorSigner
from support.memory import MemoryAudit, MemoryImports, MemoryPreviews

ADMIN = User(id="a1", email="admin@example.com", locale="de")
S3_EVENT = {"eventTime": "2026-11-21T09:30:00Z", "s3": {"object": {"key": "imports/previews/i1"}}}
PREVIEW = ImportPreview(
    columns=(
        PreviewColumn("Mail", "email", "Mail", 1, False),
        PreviewColumn("Mobile", "phone", "Mobile", 1, False),
        PreviewColumn("Token", "dropped", "Token", None, True),
    ),
    left_out=0,
    rows=(),
    duplicates=0,
    event=S3_EVENT,
)


class Queue:
    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.fails = False

    def send(self, body: str) -> None:
        if self.fails:
            raise Unavailable
        self.bodies.append(body)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [record for body in self.bodies for record in json.loads(body)["Records"]]


class Setup:
    """One dry run `i1` that has ended."""

    def __init__(self) -> None:
        self.imports, self.saved, self.queue = MemoryImports(), MemoryPreviews(), Queue()
        self.audit = MemoryAudit()
        record = Import(id="i1", name="people.csv", size=9, status="previewed", dry_run=True, event="e")
        self.imports.create(replace(record, finished_at=now()))
        self.saved.save("i1", PREVIEW)
        audit = Audit(self.audit, CursorSigner(lambda: b"key"))
        self.previews = Previews(self.imports, self.saved, self.queue, audit)

    def change(self, **changes: Any) -> None:
        self.imports.records["i1"] = replace(self.imports.records["i1"], **changes)

    def run(self, mapping: dict[str, ImportTarget] | None = None) -> Import:
        return self.previews.run(ADMIN, "i1", mapping or {})


@pytest.fixture
def setup() -> Setup:
    return Setup()


def refused(setup: Setup, kind: type[AppError], mapping: dict[str, ImportTarget] | None = None) -> AppError:
    with pytest.raises(kind) as raised:
        setup.run(mapping)
    assert setup.queue.bodies == []
    return raised.value


def test_its_run_is_an_import_of_its_own(setup: Setup) -> None:
    run = setup.run({"Mobile": "attribute"})

    assert (run.status, run.preview_of, run.dry_run) == ("pending", "i1", False)
    assert (run.name, run.size) == ("people.csv", 9)
    assert (run.started_by, run.report_to, run.locale) == ("a1", "admin@example.com", "de")
    assert run.mapping == {"Mobile": "attribute"}
    assert setup.imports.records["i1"].run_id == run.id
    assert setup.imports.records["i1"].status == "previewed"
    (entry,) = setup.audit.rows.values()
    assert (entry.action, entry.target, entry.details) == ("import.run", "i1", {"importId": run.id})


def test_the_worker_gets_the_event_of_the_upload_again(setup: Setup) -> None:
    run = setup.run()

    (event,) = setup.queue.events
    assert (event["s3"], event["importId"]) == (S3_EVENT["s3"], run.id)
    assert datetime.fromisoformat(event["eventTime"]) - run.created_at < timedelta(seconds=1)


def test_a_repetition_is_the_same_import(setup: Setup) -> None:
    run = setup.run({"Mobile": "attribute"})
    setup.imports.begin(run.id, "e")

    again = setup.run({"Mobile": "attribute"})

    assert (again.id, again.status) == (run.id, "running")
    assert len(setup.queue.bodies) == 1


def test_with_another_mapping_it_is_refused_once_it_has_begun(setup: Setup) -> None:
    run = setup.run()
    setup.imports.begin(run.id, "e")

    with pytest.raises(Conflict) as raised:
        setup.run({"Mobile": "attribute"})

    assert raised.value.code == "import_already_run"
    assert raised.value.members == {"importId": run.id}
    assert setup.imports.records[run.id].mapping == {}


@pytest.mark.parametrize("mapping", [{}, {"Mobile": "dropped"}])
def test_a_run_that_was_lost_before_its_message_was_sent_can_be_repeated(
    setup: Setup, mapping: dict[str, ImportTarget]
) -> None:
    setup.queue.fails = True
    with pytest.raises(Unavailable):
        setup.run(mapping)
    setup.queue.fails = False

    run = setup.run(mapping)

    assert (len(setup.queue.bodies), run.mapping) == (1, mapping)


def test_before_it_has_begun_another_mapping_is_refused_as_well(setup: Setup) -> None:
    run = setup.run()

    with pytest.raises(Conflict) as raised:
        setup.run({"Mobile": "attribute"})

    assert (raised.value.code, raised.value.members) == ("import_already_run", {"importId": run.id})
    assert setup.imports.records[run.id].mapping == {}
    assert len(setup.queue.bodies) == 1


def test_of_several_requests_at_once_with_other_mappings_one_is_taken(setup: Setup) -> None:
    targets: list[ImportTarget] = ["phone", "attribute", "dropped", "name"]
    together = Barrier(len(targets))
    announce = setup.imports.announce

    def announced(run: Import) -> bool:
        together.wait(60)
        return announce(run)

    setup.imports.announce = announced  # type: ignore[method-assign]

    def attempt(target: ImportTarget) -> ImportTarget | None:
        try:
            return setup.run({"Mobile": target}).mapping["Mobile"]
        except Conflict:
            return None

    with ThreadPoolExecutor(len(targets)) as pool:
        answers = list(pool.map(attempt, targets))

    (run,) = (record for record in setup.imports.records.values() if record.preview_of)
    assert [answer for answer in answers if answer] == [run.mapping["Mobile"]]
    assert len(setup.queue.bodies) == 1


@pytest.mark.parametrize("has_begun", [False, True])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"Mail": "email", "Mobile": "phone", "Token": "dropped"}),
        ({"Mail": "email"}, {}),
        ({"Mobile": "dropped"}, {"Mobile": "dropped", "Mail": "email"}),
    ],
)
def test_a_mapping_that_says_the_same_is_a_repetition(
    setup: Setup, first: dict[str, ImportTarget], second: dict[str, ImportTarget], has_begun: bool
) -> None:
    run = setup.run(first)
    if has_begun:
        setup.imports.begin(run.id, "e")

    again = setup.run(second)

    assert (again.id, again.mapping) == (run.id, first)
    assert {event["importId"] for event in setup.queue.events} == {run.id}


def test_a_column_that_is_named_goes_first_so_it_is_another_mapping(setup: Setup) -> None:
    second = PreviewColumn("Home Phone", "phone", "Home Phone", 2, False)
    setup.saved.save("i1", replace(PREVIEW, columns=(*PREVIEW.columns, second)))
    setup.run({"Mobile": "phone"})

    with pytest.raises(Conflict):
        setup.run({"Home Phone": "phone"})


def test_columns_that_are_not_shown_may_rank_before_a_named_one(setup: Setup) -> None:
    setup.saved.save("i1", replace(PREVIEW, left_out=1))
    setup.run()

    with pytest.raises(Conflict):
        setup.run({"Mobile": "phone"})


def test_a_mapping_is_checked_before_it_is_compared(setup: Setup) -> None:
    run = setup.run()
    setup.imports.begin(run.id, "e")

    with pytest.raises(Unprocessable):
        setup.run({"Mail": "attribute"})


def test_a_run_whose_message_was_lost_reads_as_abandoned(setup: Setup) -> None:
    run = setup.run()

    assert run.as_of(now()).status == "pending"
    assert run.as_of(now() + IMPORT_LEASE).reason == "abandoned"


@pytest.mark.parametrize("status", ["pending", "running", "completed", "failed"])
def test_only_a_dry_run_that_has_ended_well_can_be_seen_and_run(setup: Setup, status: str) -> None:
    setup.change(status=status)

    assert refused(setup, Conflict).code == "import_not_previewed"
    with pytest.raises(NotFound):
        setup.previews.get("i1")


def test_an_unknown_import_is_not_found(setup: Setup) -> None:
    with pytest.raises(NotFound):
        setup.previews.run(ADMIN, "other", {})
    with pytest.raises(NotFound):
        setup.previews.get("other")


@pytest.mark.parametrize("deleted", [False, True])
def test_after_a_day_it_can_neither_be_seen_nor_run(
    setup: Setup, monkeypatch: pytest.MonkeyPatch, deleted: bool
) -> None:
    assert setup.previews.get("i1") == PREVIEW
    ended = setup.imports.records["i1"].finished_at
    assert ended is not None
    if deleted:
        setup.saved.previews.clear()
    else:
        monkeypatch.setattr(module, "now", lambda: ended + PREVIEW_LIFE)

    assert refused(setup, Gone).code == "preview_expired"
    with pytest.raises(Gone):
        setup.previews.get("i1")


@pytest.mark.parametrize(
    ("mapping", "pointer", "code"),
    [
        ({"Mail": "email", "Mial": "phone"}, "/mapping/Mial", "unknown_column"),
        ({"Straße/Nr. ~1": "email"}, "/mapping/Straße~1Nr. ~01", "unknown_column"),
        ({"E-Mail\n": "email"}, "/mapping", "unknown_column"),
        ({"E-Mail \u202e": "email"}, "/mapping", "unknown_column"),
        ({"x" * 201: "email"}, "/mapping", "unknown_column"),
        ({"Token": "attribute"}, "/mapping/Token", "secret_column"),
        ({"Token": "email"}, "/mapping/Token", "secret_column"),
        ({"Mail": "attribute"}, "/mapping", "no_email_column"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(
    setup: Setup, mapping: dict[str, ImportTarget], pointer: str, code: str
) -> None:
    error = refused(setup, Unprocessable, mapping)

    assert [(fault.pointer, fault.code) for fault in error.errors] == [(pointer, code)]


def test_several_columns_may_fill_one_field_and_a_secret_one_may_be_dropped(setup: Setup) -> None:
    assert setup.run({"Mail": "phone", "Mobile": "email", "Token": "dropped"}).mapping["Mobile"] == "email"


def test_where_columns_are_not_shown_one_of_them_may_hold_the_addresses(setup: Setup) -> None:
    setup.saved.save("i1", replace(PREVIEW, left_out=1))

    assert setup.run({"Mail": "attribute"}).status == "pending"
