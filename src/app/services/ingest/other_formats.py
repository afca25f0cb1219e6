"""Formats that people upload for a table and that are not read: each is refused by its name, with what to do."""

import codecs
import re

from app.services.ingest.refusals import FileRefused

ENOUGH = 512
"""Bytes by which a format is known."""

_TO_CSV = "Save the table as CSV UTF-8."
_EXPORT = "Export the table as CSV."
_SPREADSHEET = f"Open it with a spreadsheet program. {_TO_CSV}"
_UNPACK = "Unpack it, and upload the table in it, as it is or compressed with gzip."

_OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis.opendocument"
_OFFICE = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_ZIP_NAME_AT = 30
_TAR_AT = 257

_BINARY = {
    codecs.BOM_UTF32_LE: ("not_utf8", f"This is text in UTF-32. {_TO_CSV}"),
    codecs.BOM_UTF32_BE: ("not_utf8", f"This is text in UTF-32. {_TO_CSV}"),
    b"\x1f\x8b": ("gzip_in_gzip", "This is compressed with gzip twice. Unpack it once."),
    b"\xd0\xcf\x11\xe0": ("not_text", f"This is an old or encrypted Excel workbook. {_TO_CSV}"),
    b"%PDF": ("not_text", f"This is a PDF. {_EXPORT}"),
    b"BZh": ("not_text", f"This is compressed with bzip2. {_UNPACK}"),
    b"\xfd7zXZ\x00": ("not_text", f"This is compressed with xz. {_UNPACK}"),
    b"(\xb5/\xfd": ("not_text", f"This is compressed with Zstandard. {_UNPACK}"),
    b"7z\xbc\xaf\x27\x1c": ("not_text", f"This is a 7z archive. {_UNPACK}"),
    b"Rar!\x1a\x07": ("not_text", f"This is a RAR archive. {_UNPACK}"),
    b"SQLite format 3\x00": ("not_text", f"This is a SQLite database. {_EXPORT}"),
    b"PAR1": ("not_text", f"This is a Parquet file. {_EXPORT}"),
    b"!BDN": ("not_text", f"This is an Outlook data file. {_EXPORT}"),
    b"\x89PNG": ("not_text", f"This is a picture. {_EXPORT}"),
    b"\xff\xd8\xff": ("not_text", f"This is a picture. {_EXPORT}"),
}
_TEXT = (
    (rb"\{\\rtf", f"This is an RTF document. {_TO_CSV}"),
    (rb"begin:vcard", "These are vCards. Export the contacts as CSV."),
    (rb"begin:vcalendar", "This is a calendar. Export the contacts as CSV."),
    (
        rb"<(?:!doctype\s+html|html|head|meta|body|style|table|div|center)\b",
        f"This is an HTML page, whatever its name ends with. {_SPREADSHEET}",
    ),
    (rb"<(?:\?xml|!--|!doctype)", f"This is XML. {_SPREADSHEET}"),
    (rb"(?:version: \d\s+)?dn::? ?\w+", "This is LDIF. Export the contacts as CSV."),
    (
        rb"(?:insert\s+into|create\s+table|drop\s+table)\s|--\s*(?:--\s*)?(?:phpmyadmin|mysql|mariadb|postgresql)",
        f"This is a dump of a database in SQL. {_EXPORT}",
    ),
)


def refuse_other_formats(head: bytes, text: bytes) -> None:
    """`text` is `head` without byte order marks and white space in front.

    Raises:
        FileRefused: `zip_or_xlsx`, `gzip_in_gzip`, `not_text`, `not_utf8`, or `not_a_table`.
    """
    if head.startswith(_ZIP):
        raise FileRefused("zip_or_xlsx", None, _zip_detail(head))
    for beginning, (reason, detail) in _BINARY.items():
        if head.startswith(beginning):
            raise FileRefused(reason, None, detail)
    if head[_TAR_AT:].startswith(b"ustar"):
        raise FileRefused("not_text", None, f"This is a tar archive. {_UNPACK}")
    if encoding := _wide_encoding(head[:ENOUGH]):
        detail = f"This is text in {encoding} without a byte order mark. {_TO_CSV}"
        raise FileRefused("not_utf8", None, detail)
    for pattern, detail in _TEXT:
        if re.match(pattern, text, re.IGNORECASE):
            raise FileRefused("not_a_table", None, detail)


def _zip_detail(head: bytes) -> str:
    name = head[_ZIP_NAME_AT:]
    if name.startswith(_OPEN_DOCUMENT):
        return f"This is an OpenDocument spreadsheet (ODS). {_TO_CSV}"
    if name.startswith(_OFFICE):
        return f"This is an Excel workbook (XLSX). {_TO_CSV}"
    return f"This is a zip archive or a workbook. Unpack an archive. {_TO_CSV}"


def _wide_encoding(head: bytes) -> str | None:
    """UTF-32 or UTF-16, by where the zeros are: text of a table has ASCII characters in its first bytes."""
    units = len(head) // 4
    zeros = [head[place : 4 * units : 4].count(0) for place in range(4)]
    if units and units in (min(zeros[2:]), min(zeros[:2])):
        return "UTF-32"
    first, second = zeros[0] + zeros[2], zeros[1] + zeros[3]
    return "UTF-16" if 0 in (first, second) and first + second > units // 2 else None
