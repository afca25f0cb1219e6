"""Large rows and odd keys through the embedded AWS: the import ends, with every row accepted or rejected."""

import uuid

import pytest

from app.services.ingest.storing import store
from support import heavy


@pytest.mark.parametrize(
    ("make", "rows", "rejected"),
    [
        (heavy.japanese, 120, {}),
        (heavy.around_the_largest_row, 3, {3: "row_too_large", 4: "row_too_large"}),
        (heavy.empty_keys, 2, {}),
    ],
    ids=["japanese notes", "largest rows", "empty keys"],
)
def test_the_import_completes_with_exact_counts(ingest, make, rows, rejected):
    name = str(uuid.uuid4())

    ingest.put(make(ingest.address), f"users/{name}")

    record = ingest.import_named(name)
    assert (record.status, record.progress.rows) == ("completed", rows)
    assert record.progress.rejected == len(rejected)
    found = ingest.imports.rejects(record.id, limit=100).items
    assert {reject.line: reject.reason for reject in found} == rejected


def test_an_item_is_stored_up_to_its_limit_and_refused_over_it(ingest):
    rows = [heavy.item(ingest.address, name, over=over) for name, over in (("under", -1), ("over", 1))]

    assert store(ingest.user_data, rows) == [1]

    assert ingest.row("under") is not None
    assert ingest.row("over") is None
