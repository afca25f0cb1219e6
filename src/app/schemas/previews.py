"""Dry runs of imports on the wire."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict
from typing_extensions import TypeAliasType

from app.models import imports as stored
from app.ports.previews import ImportPreview as Preview
from app.ports.previews import PreviewRow
from app.schemas.common import ApiModel, ShownEmail, example
from app.schemas.export import with_plain_numbers
from app.services.ingest.previewing import MAX_COLUMNS, MAX_TEXT, ROWS

ImportTarget = TypeAliasType("ImportTarget", stored.ImportTarget)

_COLUMN: JsonDict = {"header": "Mobile", "target": "phone", "attribute": "Mobile", "rank": 1, "secret": False}
_ROW: JsonDict = {
    "line": 2,
    "email": "ada@example.com",
    "name": "Ada Lovelace",
    "phone": "+442079460000",
    "birthDate": "1815-12-10",
    "country": "GB",
    "locale": "en-GB",
    "attributes": {"newsletter": "weekly"},
    "attributesLeftOut": 0,
}


class _Out(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)


class ImportColumn(_Out):
    """A column, and what becomes of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_COLUMN]})

    header: str
    target: ImportTarget = Field(
        description="A field of user data; `attribute`: kept beside the fields; `dropped`: not stored."
    )
    attribute: str = Field(description="The name in `attributes` of values that fill no field.")
    rank: int | None = Field(
        description="Counts the columns of one field from 1: the first value that can be read wins."
    )
    secret: bool = Field(
        description="Whether it holds passwords, tokens or card numbers by its name: it is always dropped."
    )


class ImportPreviewRow(_Out):
    """A row as it would be stored. Long values are cut and end in `…`."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ROW]})

    line: int = Field(
        description="Counted from 1, the header included; in a JSON array, the element's number."
    )
    email: ShownEmail = Field(
        description="As in all answers, with an international domain in its script. DNS's form (`xn--`) is stored."
    )
    name: str | None
    phone: str | None
    birth_date: str | None
    country: str | None
    locale: str | None
    attributes: dict[str, Any]
    attributes_left_out: int = Field(description="How many attributes are not shown.")

    @classmethod
    def of(cls, row: PreviewRow) -> Self:
        own = ("email", "name", "phone", "birth_date", "country", "locale")
        return cls(
            **{name: getattr(row.data, name) for name in own},
            line=row.line,
            attributes=with_plain_numbers(row.data.attributes),
            attributes_left_out=row.left_out,
        )


class ImportPreview(_Out):
    """The effect that an import of the file would have. The import itself has the counts and the rejected rows."""

    model_config = example(columns=[_COLUMN], columnsLeftOut=0, rows=[_ROW], duplicates=3)

    columns: list[ImportColumn]
    columns_left_out: int = Field(
        description=f"Columns that are not listed: beyond {MAX_COLUMNS}, or with a header of more than {MAX_TEXT} "
        "characters. They keep their meaning."
    )
    rows: list[ImportPreviewRow] = Field(description=f"The first {ROWS} rows that would be accepted.")
    duplicates: int | None = Field(
        description="Rows whose address an earlier row has: the last row of an address counts. `null` where the file "
        "is too large to count them."
    )

    @classmethod
    def of(cls, preview: Preview) -> Self:
        return cls(
            columns=[ImportColumn.model_validate(column) for column in preview.columns],
            columns_left_out=preview.left_out,
            rows=[ImportPreviewRow.of(row) for row in preview.rows],
            duplicates=preview.duplicates,
        )


class ImportRun(ApiModel):
    """How to import the file of a dry run."""

    model_config = example(mapping={"Mobile": "phone", "Notes": "dropped"})

    mapping: Annotated[dict[str, ImportTarget], Field(max_length=MAX_COLUMNS)] = Field(
        default_factory=dict,
        description="By header: what becomes of a column, where that is not what the preview says. A column that "
        "is named here comes before the others of its field. A column of secrets can only be `dropped`.",
    )
