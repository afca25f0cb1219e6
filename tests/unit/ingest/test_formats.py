"""Files of every format, read row by row; and the ones that are refused."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.ingest import content, formats, lines
from app.services.ingest.content import bounded, gunzipped, is_gzip, skipped
from app.services.ingest.formats import Row, detect
from app.services.ingest.refusals import FileRefused


def pieces(data: bytes, size: int = 7):
    return (data[i : i + size] for i in range(0, len(data), size))


def rows(data: bytes, size: int = 7) -> list[Row]:
    found = detect(pieces(data, size))
    return list(found.read(pieces(data[found.start :], size), found.start, found.line))


def records(data: bytes) -> list:
    return [row.record for row in rows(data)]


def refusal(data: bytes, size: int = 1 << 16) -> tuple[str, int | None]:
    with pytest.raises(FileRefused) as caught:
        rows(data, size)
    return caught.value.reason, caught.value.line


TWO = [{"email": "a@x.org", "name": "A"}, {"email": "b@x.org", "name": "B"}]


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"], ids=["plain", "bom"])
@pytest.mark.parametrize(
    "text",
    [
        "email,name\na@x.org,A\nb@x.org,B\n",
        "email;name\r\na@x.org;A\r\nb@x.org;B\r\n",
        'email\t"name"\n\na@x.org\t"A"\nb@x.org\tB',
        json.dumps(TWO),
        json.dumps(TWO, indent=2) + "\n",
        "\n".join(map(json.dumps, TWO)),
        "\n \n" + "\r\n".join(map(json.dumps, TWO)) + "\n\n",
    ],
    ids=["comma", "semicolon", "tab", "array", "pretty array", "lines", "lines and blanks"],
)
def test_the_format_is_detected_from_the_content(text, bom):
    assert records(bom + text.encode()) == TWO


def test_a_value_may_hold_delimiters_quotes_and_line_breaks():
    found = rows(b'email,note\na@x.org,"one, ""two""\nthree"\nb@x.org,4\n')

    assert found[0].record == {"email": "a@x.org", "note": 'one, "two"\nthree'}
    assert [row.line for row in found] == [2, 4]


def test_a_short_row_lacks_its_last_values_and_a_long_one_is_a_fault():
    short, long = rows(b"email,a,b\nx@x.org,1\ny@x.org,1,2,3\n")

    assert short.record == {"email": "x@x.org", "a": "1"}
    assert (long.line, long.record, long.fault) == (3, None, "too_many_values")


def test_columns_of_one_name_are_kept_apart():
    (row,) = rows(b"email,Note, Note ,,\na@x.org,1,2,3,4\n")

    assert row.record == {"email": "a@x.org", "Note": "1", "Note (2)": "2", "column4": "3", "column5": "4"}


def test_without_an_email_column_the_refusal_names_the_headers_and_near_ones():
    with pytest.raises(FileRefused) as caught:
        rows(b"E-Mail Adresss,name,phone\nA,B,1\n")

    assert caught.value.detail == (
        'Found: "E-Mail Adresss", "name", "phone". Known headers of an e-mail column: "E-Mail-Adresse".'
    )


@pytest.mark.parametrize("mark", [":", "^", "~", " "])
def test_headers_that_no_known_delimiter_divides_are_refused_with_the_known_ones(mark):
    with pytest.raises(FileRefused) as caught:
        rows(f"email{mark}name\na@x.org{mark}A\n".encode())

    assert caught.value.reason == "no_email_column"
    detail = str(caught.value.detail)
    assert detail.startswith(f'Found: "email{mark}name". Known headers')
    assert detail.endswith(" No comma, semicolon, tab or pipe divides this line.")


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (b"email\n" + b"a" * (formats.MAX_FIELD + 1), "more than 65,536 characters"),
        (b'{"email": "' + b"x" * (formats.MAX_FIELD + 1) + b'"}', "more than 65,536 characters"),
        (b"email\nb\0@x.org\n", "NUL character"),
    ],
)
def test_a_refusal_says_what_was_found(data, detail):
    with pytest.raises(FileRefused) as caught:
        rows(data)

    assert detail in str(caught.value.detail)


def test_a_faulty_line_is_a_fault_of_that_line_alone():
    found = rows(b'{"email": 1}\nnot json\n[]\n{"email": NaN}\n{"email": 2}\n')

    assert [(row.line, row.fault) for row in found] == [
        (1, None),
        (2, "malformed_json"),
        (3, "not_an_object"),
        (4, "malformed_json"),
        (5, None),
    ]


def test_in_an_array_the_line_is_the_elements_number():
    found = rows(b'[{"a": 1}, 7, "x", null, {"b": [1.5, {"c": "]"}]}]')

    assert [(row.line, row.fault) for row in found] == [
        (1, None),
        (2, "not_an_object"),
        (3, "not_an_object"),
        (4, "not_an_object"),
        (5, None),
    ]


def test_an_empty_array_has_no_rows():
    assert rows(b" [ ] ") == []


@pytest.mark.parametrize(
    ("data", "reason", "line"),
    [
        (b"", "empty", None),
        (b" \n\t\n", "empty", None),
        (b"\xef\xbb\xbf", "empty", None),
        (b"name,phone\nA,1\n", "no_email_column", 1),
        (b'email,"na', "malformed_header", 1),
        (b"email\na@x.org\n\xff\xfe\n", "not_utf8", 3),
        (b"email\na@x.org\nb\0@x.org\n", "nul", 3),
        ("email\na@x.org".encode("utf-16-be"), "not_utf8", None),
        (b"sep=;\n", "empty", None),
        (b"a@x.org,A\nb@x.org,B\n", "no_header", 1),
        (b"a@x.org\nb@x.org\n", "no_header", 1),
        (b'"Ada <a@x.org>";A\n', "no_header", 1),
        (b"- email: a@x.org\n  name: A\n", "no_header", 1),
        (b'email,note\na@x.org,"never closed\nb@x.org,\n', "unclosed_quote", 2),
        (b"email\n" + b"a" * lines.MAX_LINE + b"\n", "line_too_long", 2),
        (b"email\n" + b"a" * (formats.MAX_FIELD + 1) + b"\n", "field_too_long", 2),
        (b'email,note\na@x.org,"' + b"x\n" * formats.MAX_FIELD, "field_too_long", 2),
        (b"email" + b"," * formats.MAX_COLUMNS, "too_many_columns", 1),
        (b"email\n" + b"," * formats.MAX_COLUMNS, "too_many_columns", 2),
        (json.dumps({str(i): 1 for i in range(formats.MAX_COLUMNS + 1)}).encode(), "too_many_columns", 1),
        (b'{"email": "' + b"x" * (formats.MAX_FIELD + 1) + b'"}', "field_too_long", 1),
        (b'[{"a": 1}', "malformed_json", 2),
        (b'[{"a": 1} {"b": 2}]', "malformed_json", 2),
        (b'[{"a": 1},]', "malformed_json", 2),
        (b'[,{"a": 1}]', "malformed_json", 1),
        (b'[{"a": 1}] x', "malformed_json", 2),
        (b"[" * 100_000, "malformed_json", 1),
        (b'[{"a": nothing}, ' + b'"x",' * 100_000 + b"]", "malformed_json", 1),
        (b'[{"a": "\xff"}]', "not_utf8", 1),
        (b'["' + b"x" * (lines.MAX_LINE + 70_000) + b'"]', "line_too_long", 1),
        (b"[" + b" " * 10 + b'"\0"]', "nul", 1),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_to_its_end_is_refused(data, reason, line):
    assert refusal(data) == (reason, line)


def test_the_first_person_of_a_file_without_headers_is_not_quoted():
    with pytest.raises(FileRefused) as refused:
        detect([b"ada@example.org;Ada\n"], needs_email=False)

    assert refused.value.reason == "no_header"
    assert "ada" not in (refused.value.detail or "")


@pytest.mark.parametrize(
    "data", [b"email,name", b"email,name\n", b"email,name\r\n\r\n", b"sep=;\nemail;name\n"]
)
def test_headers_alone_have_no_rows(data):
    assert rows(data) == []


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
RECORDS = st.lists(
    st.fixed_dictionaries({"email": TEXT}, optional={"name": TEXT, "extra": st.lists(TEXT, max_size=2)}),
    min_size=1,
    max_size=8,
)


@given(RECORDS, st.integers(1, 40), st.booleans(), st.booleans())
def test_wherever_reading_stops_it_goes_on_with_the_next_row(given_records, size, array, escaped):
    dump = lambda value: json.dumps(value, ensure_ascii=escaped)  # noqa: E731
    text = dump(given_records) if array else "\n".join(map(dump, given_records))
    data = text.encode()
    whole = rows(data, size)
    assert [row.record for row in whole] == given_records

    read = detect(pieces(data, size)).read
    for number, row in enumerate(whole, 1):
        rest = list(read(pieces(data[row.end :], size), row.end, row.next_line))
        assert rest == whole[number:]


@given(st.lists(st.lists(TEXT, min_size=2, max_size=2), min_size=1, max_size=6), st.integers(1, 40))
def test_a_table_survives_csv_and_every_place_to_stop(table, size):
    quoted = ["email,b"] + [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in table]
    data = "\r\n".join(quoted).encode()
    whole = rows(data, size)
    assert [list(row.record.values()) for row in whole] == table

    read = detect(pieces(data, size)).read
    for number, row in enumerate(whole, 1):
        assert list(read(pieces(data[row.end :], size), row.end, row.next_line)) == whole[number:]


@given(st.binary(max_size=200), st.integers(1, 64))
def test_any_bytes_are_rows_or_a_refusal(data, size):
    try:
        found = rows(data, size)
    except FileRefused:
        return
    assert all((row.record is None) != (row.fault is None) for row in found)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=3), st.integers(1, 50), st.integers(0, 400))
def test_gzip_of_one_member_or_several_from_any_offset(members, size, offset):
    packed = b"".join(map(gzip.compress, members))
    assert is_gzip(packed)

    unpacked = b"".join(skipped(gunzipped(pieces(packed, size)), offset))

    assert unpacked == b"".join(members)[offset:]


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(b"email\n", mtime=0)[:-1],
        gzip.compress(b"email\n", mtime=0) + b"junk",
        b"\x1f\x8b\x08" + b"x" * 40,
    ],
    ids=["cut short", "junk after it", "no gzip"],
)
def test_broken_gzip_is_refused(data):
    with pytest.raises(FileRefused, match="malformed_gzip"):
        list(gunzipped(pieces(data)))


def test_zeros_after_gzip_are_padding():
    assert b"".join(gunzipped(pieces(gzip.compress(b"x") + bytes(600)))) == b"x"


def test_a_bomb_is_refused_before_it_has_gone_off():
    bomb = gzip.compress(bytes(200 << 20))
    sizes: list[int] = []

    with pytest.raises(FileRefused, match="gzip_bomb"):
        sizes.extend(map(len, gunzipped(pieces(bomb, 1 << 16))))

    assert max(sizes) <= 1 << 16
    assert sum(sizes) < 40 << 20


def test_a_file_has_a_largest_size(monkeypatch):
    monkeypatch.setattr(content, "MAX_BYTES", 10)

    with pytest.raises(FileRefused, match="too_large"):
        list(bounded([b"12345", b"678901"]))


def test_the_format_is_detected_when_a_file_arrives_in_single_bytes():
    data = b"\xef\xbb\xbfemail,name\na@x.org,A\nb@x.org,B\n"

    assert [row.record for row in rows(data, 1)] == TWO
