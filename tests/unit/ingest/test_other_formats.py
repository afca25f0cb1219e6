"""Files that are no CSV and no JSON are refused by the name of what they are, with what to do."""

import gzip
import io
import json
import zipfile

import pytest

from app.models.imports import Import
from app.ports.raw_files import RawFile
from app.services.ingest.formats import detect
from app.services.ingest.refusals import FileRefused
from app.services.ingest.source import Source
from support.file_ingest import event

TABLE = "email;name\nada@example.org;Ada\n"


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            media_type = "application/vnd.oasis.opendocument.spreadsheet"
            archive.writestr(name, media_type if name == "mimetype" else TABLE)
    return file.getvalue()


FILES = {
    "xlsx": (zipped("[Content_Types].xml", "xl/workbook.xml"), "zip_or_xlsx", "Excel workbook (XLSX)"),
    "ods": (zipped("mimetype", "content.xml"), "zip_or_xlsx", "OpenDocument spreadsheet (ODS)"),
    "zip": (zipped("contacts.csv"), "zip_or_xlsx", "zip archive"),
    "empty zip": (zipped(), "zip_or_xlsx", "zip archive"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not_text", "old or encrypted Excel workbook"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3", "not_text", "PDF"),
    "rtf": (b"{\\rtf1\\ansi email;name\\par}", "not_a_table", "RTF"),
    "html": (b"\xef\xbb\xbf\n <!DOCTYPE html>\n<html><table>", "not_a_table", "HTML"),
    "table": (b"<table border=1><tr><td>email</td>", "not_a_table", "HTML"),
    "xml": (b'<?xml version="1.0"?>\n<Workbook>', "not_a_table", "XML"),
    "vcard": (b"BEGIN:VCARD\r\nVERSION:3.0\r\nEMAIL:ada@example.org\r\n", "not_a_table", "vCard"),
    "vcard, utf-16": ("\ufeffbegin:vcard\n".encode("utf-16-le"), "not_a_table", "vCard"),
    "ical": (b"BEGIN:VCALENDAR\n", "not_a_table", "calendar"),
    "ldif": (b"version: 1\ndn: cn=Ada,mail=ada@example.org\n", "not_a_table", "LDIF"),
    "sql": (b"-- MySQL dump 10.13\nINSERT INTO users", "not_a_table", "SQL"),
    "utf-32-le": (TABLE.encode("utf-32-le"), "not_utf8", "UTF-32"),
    "utf-32-be": (TABLE.encode("utf-32-be"), "not_utf8", "UTF-32"),
    "utf-32 with a mark": (("\ufeff" + TABLE).encode("utf-32-le"), "not_utf8", "UTF-32"),
    "utf-32-be with a mark": (("\ufeff" + TABLE).encode("utf-32-be"), "not_utf8", "UTF-32"),
    "utf-16-le": (TABLE.encode("utf-16-le"), "not_utf8", "UTF-16 without a byte order mark"),
    "utf-16-be": (TABLE.encode("utf-16-be"), "not_utf8", "UTF-16 without a byte order mark"),
    "utf-16, json": (json.dumps({"email": "a@x.org"}).encode("utf-16-le"), "not_utf8", "UTF-16"),
    "utf-16, japanese": ("メール,email,名前\n".encode("utf-16-le"), "not_utf8", "UTF-16"),
    "gzip twice": (gzip.compress(gzip.compress(TABLE.encode())), "gzip_in_gzip", "twice"),
    "gzip of xlsx": (gzip.compress(zipped("[Content_Types].xml")), "zip_or_xlsx", "XLSX"),
    "tar": (b"contacts.csv".ljust(257, b"\0") + b"ustar\x0000".ljust(255, b"\0"), "not_text", "tar"),
    "bzip2": (b"BZh91AY&SY", "not_text", "bzip2"),
    "7z": (b"7z\xbc\xaf\x27\x1c\x00\x04", "not_text", "7z"),
}


class Pieces:
    """One object, a few bytes at a time."""

    def __init__(self, body: bytes, size: int) -> None:
        self._body, self._size = body, size

    def pieces(self, _file: RawFile, offset: int = 0):
        return (self._body[i : i + self._size] for i in range(offset, len(self._body), self._size))


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("size", [5, 1 << 16])
@pytest.mark.parametrize("dry_run", [False, True])
def test_each_is_named(kind, size, dry_run):
    body, reason, name = FILES[kind]

    with pytest.raises(FileRefused) as refused:
        Source(Pieces(body, size), event("users/x"), Import(id="i", name="x", dry_run=dry_run))

    assert (refused.value.reason, refused.value.line) == (reason, None)
    assert name in (refused.value.detail or "")
    assert any(word in (refused.value.detail or "") for word in ("Save the table", "Export", "Unpack"))


@pytest.mark.parametrize(
    "text",
    [
        "<E-Mail>;Name\nada@example.org;Ada\n",
        "email;PK\n",
        "dn;email\n",
        "Version: 1;email\n",
        "email\n",
        "メール,email\n",
        "-- contacts --;email\n",
    ],
)
def test_tables_that_begin_alike_are_read(text):
    assert any("mail" in column.casefold() for column in detect([text.encode()]).columns)
