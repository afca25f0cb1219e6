"""Messages in the queue are parsed strictly, as any sender may have put them there."""

import json
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.mail import Mail, MailKind
from app.ports.delivery import MailRefused
from app.services.mail.message import decode, encode
from support.mail import body

MAIL = Mail(
    kind="import_report",
    to="ada@example.com",
    id="import#1",
    data={"file": "people, März.csv", "rows": 3},
    locale="de-AT",
    user_id="user-1",
)


@pytest.mark.parametrize(
    "mail",
    [MAIL, replace(MAIL, locale=None, user_id=None), Mail(kind="account_deleted", to="a@b.co", id="x")],
)
def test_what_a_producer_writes_is_read(mail):
    assert decode(encode(mail)) == mail


def test_an_international_domain_is_written_as_dns_has_it():
    assert decode(body(to="ada@bücher.example")).to == "ada@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not_json"),
        ("{", "not_json"),
        ("[" * 100_000, "not_json"),
        ("[]", "not_an_object"),
        ("NaN", "not_an_object"),
        (body(kind="newsletter"), "unknown_kind"),
        (body(kind=["welcome"]), "unknown_kind"),
        (body(kind=None), "unknown_kind"),
        (body(cc="eve@example.com"), "unknown_member"),
        (body(id=None), "invalid_id"),
        (body(id=""), "invalid_id"),
        (body(id="x" * 257), "invalid_id"),
        (body(id="\ud800"), "invalid_id"),
        (body(id=7), "invalid_id"),
        (body(userId="a b"), "invalid_userId"),
        (body(userId=""), "invalid_userId"),
        (body(locale=""), "invalid_locale"),
        (body(locale="../../etc"), "invalid_locale"),
        (body(data=[]), "invalid_data"),
        (body(data={"name": None}), "invalid_data"),
        (body(data={"name": True}), "invalid_data"),
        (body(data={"name": 1.5}), "invalid_data"),
        (body(data={"name": "x" * 1001}), "invalid_data"),
        (body(data={"name": "\ud800"}), "invalid_data"),
        (body(data={"__class__": "x"}), "invalid_data"),
        (body(data={f"n{i}": i for i in range(21)}), "invalid_data"),
        (body(data={"rows": 10**30}), "invalid_data"),
    ],
)
def test_what_is_no_mail_is_refused_with_a_reason(text, reason):
    with pytest.raises(MailRefused) as refused:
        decode(text)

    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "data", [{"name": "x" * 1000}, {f"n{i}": i for i in range(20)}, {"rows": 2**63 - 1, "at": -(2**63) + 1}]
)
def test_as_much_as_is_allowed_is_read(data):
    assert decode(body(id="x" * 256, data=data)).data == data


@pytest.mark.parametrize(
    "address",
    [
        None,
        7,
        "",
        "ada",
        "@example.com",
        "ada@",
        "Ada <ada@example.com>",
        "ada@example.com, eve@example.com",
        "ada@example.com;eve@example.com",
        "ada@eve@example.com",
        "ada @example.com",
        "ada@example.com ",
        "äda@example.com",
        "ada@" + "é" * 300 + ".example",
        *(f"ada{char}Bcc: eve@example.com" for char in "\r\n\v\f\0\x85\u2028\u2029"),
        *(f"ada@example.com{char}" for char in "\r\n\v\f\0\x85\u2028\u2029"),
    ],
)
def test_only_one_plain_address_is_written_to(address):
    with pytest.raises(MailRefused) as refused:
        decode(body(to=address))

    assert refused.value.reason == "invalid_to"


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from(get_args(MailKind)),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    )
)
def test_any_json_is_read_or_refused(value):
    for text in (json.dumps(value), body(data=value), body(to=value), body(kind=value)):
        try:
            mail = decode(text)
        except MailRefused:
            continue
        assert decode(encode(mail)) == mail
        assert mail.kind == json.loads(text)["kind"]


@given(st.text())
def test_any_text_is_read_or_refused(text):
    with pytest.raises(MailRefused):
        decode(text)
