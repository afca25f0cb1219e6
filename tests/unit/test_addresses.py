"""One address, one form of it."""

import subprocess
import sys

import pytest

from app import addresses
from unit.domains import DOMAINS


@pytest.mark.parametrize(("typed", "in_dns"), DOMAINS.items(), ids=DOMAINS.values())
def test_an_international_domain_is_kept_as_dns_has_it_and_shown_in_its_script(typed, in_dns):
    assert addresses.parse(f"Ada@{typed}") == f"ada@{in_dns}"
    assert addresses.parse(f"ada@{in_dns.upper()}") == f"ada@{in_dns}"
    assert addresses.shown(f"ada@{in_dns}") == f"ada@{typed}"


@pytest.mark.parametrize(
    "form",
    [
        "ada@münchen.example",
        "ada@mu\u0308nchen.example",
        "ADA@MÜNCHEN.Example",
        "ada@xn--mnchen-3ya.example",
        "ada@XN--MNCHEN-3YA.example",
        "ada@münchen\u3002example",
        "ada@\uff4dünchen.example",
    ],
    ids=ascii,
)
def test_every_form_of_an_address_is_one_address(form):
    assert addresses.parse(form) == "ada@xn--mnchen-3ya.example"
    assert addresses.parse(addresses.parse(form)) == addresses.parse(form)


def test_the_local_part_is_composed_and_in_lower_case():
    assert addresses.parse("JU\u0308RGEN@example.com") == addresses.parse("jürgen@example.com")
    assert addresses.shown(addresses.parse("Jürgen@example.com")) == "jürgen@example.com"


def test_domains_that_idna_2003_took_for_one_are_two():
    assert addresses.parse("ada@faß.example") != addresses.parse("ada@fass.example")
    assert addresses.parse("ada@βόλος.com") != addresses.parse("ada@βόλοσ.com")
    assert addresses.parse("ada@example.ΟΔΌΣ") == addresses.parse("ada@example.οδόσ")


NO_ADDRESSES = [
    "",
    "ada",
    "@example.com",
    "ada@",
    "ada@example",
    "ada@example.com.",
    "ada@münchen.example.",
    "ada@my_domain.example",
    "ada@mü_nchen.example",
    "ada@-example.com",
    "ada@example-.com",
    "ada@example..com",
    "ada@exa mple.com",
    "ada b@example.com",
    " ada@example.com",
    "ada@example.com\u2028",
    "ada\u202e@example.com",
    "ada\u200b@example.com",
    "ada@exam\u202eple.com",
    "ada@eve@example.com",
    "<ada@example.com>",
    "ada@[127.0.0.1]",
    "ada@xn--zz.com",
    f"{'a' * 65}@example.com",
    f"ada@{'a' * 64}.com",
    f"ada@{'ü' * 60}.com",
    f"ada@{'a.' * 126}com",
    "ada@\ud800.com",
]


@pytest.mark.parametrize("text", NO_ADDRESSES, ids=ascii)
def test_what_is_no_address_is_refused_and_not_quoted(text):
    with pytest.raises(addresses.NotAnAddress) as refused:
        addresses.parse(text)

    assert not text or text not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [".ada@example.com", "ada.@example.com", "a..b@example.com", "ada@192.168.0.10", "ada@example.123"],
)
def test_no_mail_reaches_dots_that_would_have_to_be_quoted_nor_a_top_level_domain_of_digits(text):
    """SES refuses the dots; no top-level domain is numeric (RFC 3696, section 2)."""
    assert addresses.parse(text) == text
    with pytest.raises(addresses.NotAnAddress):
        addresses.parse_deliverable(text)


@pytest.mark.parametrize("text", ["jürgen@example.com", "ад@пример.рф", "ada@my_domain.example", "a@b.com."])
def test_no_mail_reaches_a_local_part_that_is_not_ascii_nor_a_domain_that_dns_cannot_hold(text):
    with pytest.raises(addresses.NotAnAddress):
        addresses.parse_deliverable(text)


def test_mail_reaches_an_international_domain():
    assert addresses.parse_deliverable("O'Hara+todo@bücher.example") == "o'hara+todo@xn--bcher-kva.example"
    assert addresses.parse_deliverable("a.b.c@127.example") == "a.b.c@127.example"


def test_an_address_from_elsewhere_is_never_lost():
    assert addresses.kept("Ada@my_Domain.example") == "ada@my_domain.example"
    assert addresses.kept("Ada@Faß.example") == "ada@xn--fa-hia.example"


@pytest.mark.parametrize(
    ("typed", "start"),
    [
        ("Ad", "ad"),
        ("JU\u0308R", "jür"),
        ("Ada@Ex", "ada@ex"),
        ("ada@faß", "ada@xn--fa-hia"),
        ("ada@faß.ex", "ada@xn--fa-hia.ex"),
        ("ada@faß.", "ada@xn--fa-hia."),
        ("ada@xn--fa-h", "ada@xn--fa-h"),
        ("ada@\u2764", "ada@\u2764"),
    ],
)
def test_the_start_of_an_address_is_brought_to_the_form_that_is_searched(typed, start):
    assert addresses.prefix(typed) == start


def test_what_was_stored_in_another_form_is_shown_as_it_is():
    assert addresses.shown("ada@xn--zz.com") == "ada@xn--zz.com"
    assert addresses.shown("ada") == "ada"


def test_an_ascii_domain_costs_no_table_of_unicode():
    code = (
        "import sys; from app.addresses import parse, shown; shown(parse('Ada@example.com'));"
        "print('idna' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout == "False\n"
