"""Files as people's programs write them: CSV and JSON of every dialect that can be read without guessing."""

import json
from decimal import Decimal

import pytest

from app.services.ingest import content
from app.services.ingest.events import Malformed, Records, contents
from app.services.ingest.formats import Row, detect
from app.services.ingest.json_values import DECODER, encode
from app.services.ingest.refusals import FileRefused

TWO = [{"email": "a@x.org", "name": "A"}, {"email": "b@x.org", "name": "B"}]


def pieces(data: bytes, size: int):
    return (data[i : i + size] for i in range(0, len(data), size))


def rows(data: bytes, size: int = 5) -> list[Row]:
    found = detect(pieces(data, size))
    return list(found.read(pieces(data[found.start :], size), found.start, found.line))


def records(data: bytes, size: int = 5) -> list:
    return [row.record for row in rows(data, size)]


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\nemail;name\na@x.org;A\nb@x.org;B\n",
        '"SEP=|"\r\nemail|name\r\na@x.org|A\r\nb@x.org|B\r\n',
        "sep=,\n\nemail,name\na@x.org,A\nb@x.org,B",
        "email|name\na@x.org|A\nb@x.org|B\n",
        "email,name\ra@x.org,A\rb@x.org,B\r",
        "email,name\ra@x.org,A\rb@x.org,B",
        "email,name\ra@x.org,A\rb@x.org,B\n",
        "email,name\ra@x.org,A\nb@x.org,B\r\n",
        "sep=\t\r\nemail\tname\r\na@x.org\tA\r\nb@x.org\tB\r\n",
        "email;name;;\na@x.org;A;;\nb@x.org;B;;;;\n",
        '"email";"name"\n"a@x.org";"A"\n"b@x.org";"B"\n',
        'email, "name"\na@x.org, "A"\n"b@x.org", B\n',
        "'email','name'\n'a@x.org','A'\n'b@x.org','B'\n",
        "\u00ef\u00bb\u00bfemail,name\na@x.org,A\nb@x.org,B\n",
        'Notes:\n"When you export, some are left out"\n\nemail,name\na@x.org,A\nb@x.org,B\n',
        '#TYPE Selected.ADUser\r\n"email","name"\r\n"a@x.org","A"\r\n"b@x.org","B"\r\n',
        ";;\nPeople of 2026;;\nemail;name;\na@x.org;A;\nb@x.org;B;\n",
    ],
    ids=[
        "sep",
        "quoted sep",
        "sep and blank",
        "pipe",
        "cr",
        "cr without an end",
        "cr, one lf",
        "each end",
        "sep and tab",
        "trailing",
        "quoted",
        "spaced",
        "apostrophes",
        "damaged mark",
        "notes",
        "type",
        "title",
    ],
)
@pytest.mark.parametrize("marks", [0, 1, 2])
@pytest.mark.parametrize("size", [1, 5, 1 << 16])
def test_a_table_of_any_dialect(text, marks, size):
    found = records(b"\xef\xbb\xbf" * marks + text.encode(), size)

    kept = [{name: value for name, value in record.items() if "column" not in name} for record in found]
    assert kept == TWO


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("Name, Vorname;E-Mail", ("Name, Vorname", "E-Mail")),
        ("Name;E-Mail;Adresse, Ort, PLZ, Land, x", ("Name", "E-Mail", "Adresse, Ort, PLZ, Land, x")),
        ('"Name; Vorname",E-Mail', ("Name; Vorname", "E-Mail")),
    ],
)
def test_a_delimiter_leaves_the_name_of_an_email_column(header, columns):
    assert detect([f"{header}\nx\n".encode()]).columns == columns


@pytest.mark.parametrize(
    "text",
    [
        "Kontakt\na@x.org\nb@x.org\n",
        "Kontakt\nemail\nphone\n",
        "Kontakt;Art\nx;email\n",
        "Kontakt\nx,y\nemail,name\n",
        'Kontakt\n"never closed\nemail,name\n',
    ],
)
def test_a_first_line_that_is_no_title_is_the_header(text):
    found = detect([text.encode()], needs_email=False)

    assert found.columns[0] == "Kontakt"
    assert found.line == 2


def test_values_with_spaces_and_quotes_are_one_value():
    assert records(b'email, name, note\na@x.org, "Byron, Ada", "x ""y"""\n') == [
        {"email": "a@x.org", "name": "Byron, Ada", "note": 'x "y"'}
    ]
    assert records(b"'email';'name'\n'a@x.org';'Byron; Ada'\nb@x.org;O'Neill\n") == [
        {"email": "a@x.org", "name": "Byron; Ada"},
        {"email": "b@x.org", "name": "O'Neill"},
    ]


@pytest.mark.parametrize("size", [1, 5, 1 << 16])
def test_a_value_of_a_file_with_carriage_returns_may_hold_a_line_feed(size):
    """Rows were lost without a trace where one line feed made a whole file its header."""
    found = records(b'email,name,note\ra@x.org,A,"one\ntwo"\rb@x.org,B,x\r', size)

    assert found == [{**TWO[0], "note": "one\ntwo"}, {**TWO[1], "note": "x"}]


def test_a_quoted_header_may_hold_delimiters_and_line_breaks():
    found = rows(b'email,"note\n(optional)","a;b;c;d"\na@x.org,x,y\n')

    assert found[0].record == {"email": "a@x.org", "note (optional)": "x", "a;b;c;d": "y"}
    assert found[0].line == 3


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('="02079460000"', "02079460000"),
        ('"=""02079460000"""', "02079460000"),
        ('"=""say """"hi"""", Ada"""', 'say "hi", Ada'),
        ('=""', ""),
        ('="a"&"b"', '="a"&"b"'),
        ('="', '="'),
        ("=1+2", "=1+2"),
    ],
)
def test_what_excel_marks_as_text_is_read_as_its_text(cell, value):
    assert records(f'"=""email""",="n",x\na@x.org,{cell},{cell}\n'.encode()) == [
        {"email": "a@x.org", "n": value, "x": value}
    ]


def test_values_beyond_the_columns_are_a_fault_unless_they_are_empty():
    found = rows(b"email,name\na@x.org,A,,\nb@x.org,B,,x\n")

    assert [row.fault for row in found] == [None, "too_many_values"]


@pytest.mark.parametrize(
    "text",
    [
        "".join(map(json.dumps, TWO)),
        " ".join(map(json.dumps, TWO)),
        "\n".join(json.dumps(one, indent=2) for one in TWO),
        json.dumps(TWO[0]) + json.dumps(TWO[1], indent=1) + "\n\n",
    ],
    ids=["without breaks", "with blanks", "pretty", "mixed"],
)
@pytest.mark.parametrize("size", [1, 5, 1 << 16])
def test_json_values_follow_each_other_in_any_way(text, size):
    assert records(text.encode(), size) == TWO


def test_reading_goes_on_after_each_of_these_values():
    data = "".join(json.dumps({"email": f"{n}@x.org", "n": n}) for n in range(5)).encode()
    found = detect(pieces(data, 7))
    first = list(found.read(pieces(data, 7), found.start, found.line))

    for number, row in enumerate(first, 1):
        rest = list(found.read(pieces(data[row.end :], 7), row.end, row.next_line))
        assert rest == first[number:]


def test_a_first_line_that_is_malformed_is_a_fault_of_that_line_alone():
    found = rows(b'{"email": oops}\n{"email": "b@x.org"}\n')

    assert [(row.fault, row.record) for row in found] == [
        ("malformed_json", None),
        (None, {"email": "b@x.org"}),
    ]


@pytest.mark.parametrize("code", ["utf-16-le", "utf-16-be"])
def test_utf_16_with_a_mark_is_transcoded_from_any_place(code):
    text = "email;name\na@x.org;\u00c5\U0001f4a9\nb@x.org;B\n"
    data = "\ufeff".encode(code) + text.encode(code)

    assert content.is_utf16(data)
    assert b"".join(content.transcoded(pieces(data, 3))) == text.encode()
    assert not content.is_utf16("\ufeffa".encode("utf-32-le"))
    with pytest.raises(FileRefused, match="not_text"):
        list(content.transcoded(pieces(data[:-1], 3)))


@pytest.mark.parametrize(
    ("data", "reason", "hint"),
    [
        ("email,name\na@x.org,\u00c5\n".encode("latin-1"), "not_utf8", "UTF-8"),
        (b"email,na\0me\n", "nul", "UTF-16 with a byte order mark"),
        ("email,name\na@x.org,\u00fc\n".encode("cp1252"), "not_utf8", "classic Outlook"),
        (b"email" + b",x" * 500, "too_many_columns", "500 columns"),
        (b"email\n" + b"," * 500, "too_many_columns", "500 columns"),
        (json.dumps({str(number): 1 for number in range(501)}).encode(), "too_many_columns", "500 columns"),
    ],
)
def test_what_stays_refused_says_what_it_is_and_what_to_do(data, reason, hint):
    with pytest.raises(FileRefused) as refused:
        rows(data)

    assert refused.value.reason == reason
    assert hint in (refused.value.detail or "")


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"records": TWO}, '"records"'),
        ({"total": 2, "next": None, "data": {"contacts": TWO}}, '"data", "contacts"'),
        ([{"records": TWO}], '"records"'),
        ({"users": [], "persons": [{"name": "A", "mail": "a@x.org"}]}, '"persons"'),
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("size", [1, 5, 1 << 16])
def test_a_list_within_one_object_is_refused_with_what_to_do(value, path, indent, size):
    with pytest.raises(FileRefused) as refused:
        rows(json.dumps(value, indent=indent).encode() + b"\n", size)

    assert (refused.value.reason, refused.value.line) == ("wrapped_list", 1)
    assert f"under {path}" in (refused.value.detail or "")
    assert "Save that list alone" in (refused.value.detail or "")


@pytest.mark.parametrize(
    "values",
    [
        [{"email": "a@x.org", "orders": TWO}],
        [{"name": "A", "orders": [{"id": 1}]}],
        [{"name": "A", "emails": ["a@x.org"]}],
        [{"records": TWO}, {"records": TWO}],
        [{"records": []}],
    ],
)
def test_other_objects_are_rows(values):
    assert records("\n".join(map(json.dumps, values)).encode()) == values


def test_a_large_list_within_one_object_says_what_to_do():
    large = {"records": [{"email": f"{n}@x.org", "note": "x" * 1000} for n in range(300)]}

    for indent in (None, 2):
        with pytest.raises(FileRefused) as refused:
            rows(json.dumps(large, indent=indent).encode(), 1 << 16)
        assert refused.value.reason == "line_too_long"
        assert "save that list alone" in (refused.value.detail or "")


@pytest.mark.parametrize(
    "text",
    [
        "".join(map(json.dumps, TWO)),
        "\n".join(map(json.dumps, TWO)) + "\n",
        "\r\n\r\n".join(json.dumps(one, indent=2) for one in TWO),
        json.dumps(TWO[:1]) + json.dumps({"records": TWO[1:]}),
    ],
    ids=["without breaks", "lines", "pretty", "lists"],
)
def test_a_message_may_hold_values_one_after_another(text):
    for body in (text, text.encode(), b"\xef\xbb\xbf" + text.encode(), b"\xef\xbb\xbf" * 2 + text.encode()):
        assert list(contents(body)) == [Records(TWO)]


@pytest.mark.parametrize(
    "text", ['{"email": "a@x.org"} oops', '{"email": "a@x.org"},{"email": "b@x.org"}', "", "  "]
)
def test_a_message_that_is_not_json_to_its_end_is_malformed(text):
    with pytest.raises(Malformed, match="malformed_json"):
        list(contents(text))


@pytest.mark.parametrize("number", ["1.5", "0.1234567890123456789012345678901234567890", "-12", "1E+2"])
def test_a_number_keeps_its_value_on_every_path(number):
    record = f'{{"email":"a@x.org","n":{number}}}'
    (message,) = contents(record)
    (streamed,) = contents(b"\xef\xbb\xbf" + record.encode())
    file_lines, file_array = records(record.encode()), records(f"[{record}]".encode())

    assert isinstance(message, Records)
    assert message == streamed
    assert message.values == file_lines == file_array
    assert message.values[0]["n"] == Decimal(number)
    assert DECODER.decode(encode(message.values)) == message.values


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400"])
def test_what_is_no_number_is_refused_on_every_path(number):
    record = f'{{"email":"a@x.org","n":{number}}}'

    assert [row.fault for row in rows(record.encode())] == ["malformed_json"]
    with pytest.raises(FileRefused, match="malformed_json"):
        rows(f"[{record}]".encode())
    for body in (record, record.encode()):
        with pytest.raises(Malformed, match="malformed_json"):
            list(contents(body))
