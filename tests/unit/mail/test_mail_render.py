"""Mail in words."""

from dataclasses import replace

import pytest

from app.models.mail import Mail
from app.models.users import User
from app.ports.delivery import MailRefused
from app.services.mail.kinds import (
    account_exists,
    email_changed,
    email_code,
    email_taken,
    password_changed,
    signed_out_everywhere,
    welcome,
)
from app.services.mail.render import Renderer
from unit.imports import loaded_by

USER = User(id="user-1", email="ada@example.com", name="Ada")
REPORT = Mail(
    kind="import_report",
    to="ada@example.com",
    id="import#1",
    data={
        "file": "people.csv",
        "status": "completed",
        "rows": 3,
        "accepted": 2,
        "rejected": 1,
        "warnings": 0,
    },
)
SUBJECTS = {
    "Welcome!": welcome(USER),
    "Your password was changed": password_changed(USER.email, USER),
    "The e-mail address of your account was changed": email_changed(USER, "user-1.abc"),
    "Confirm your new e-mail address": email_code(USER, "new@example.com", "change", "12345678"),
    "This e-mail address belongs to an account": email_taken("new@example.com"),
    "You are signed out everywhere": signed_out_everywhere(USER, 1_800_000_000),
    "Your import is done": REPORT,
    "Your import has failed": replace(REPORT, data={**REPORT.data, "status": "failed"}),
    "Your account is deleted": Mail(kind="account_deleted", to=USER.email, id="account_deleted#user-1"),
    "You have an account already": account_exists(USER.email, USER.id),
}


@pytest.mark.parametrize(("subject", "mail"), SUBJECTS.items(), ids=SUBJECTS)
def test_each_kind_has_a_subject_a_text_and_a_page_that_says_the_same(subject, mail):
    content = Renderer().render(mail)

    assert content.subject == subject
    assert content.text.startswith("Hello")
    assert f'<h1 style="font-size: 22px">{subject}</h1>' in content.html
    assert "{" not in content.text + content.html.replace("sans-serif;", "")


def test_the_former_address_gets_the_link_that_undoes_the_change():
    mail = email_changed(USER, "user-1.abc")
    content = Renderer(site="https://todo.example").render(mail)

    assert mail.to == USER.email
    assert "\nhttps://todo.example/undo-email#user-1.abc\n" in content.text
    assert '<a href="https://todo.example/undo-email#user-1.abc">' in content.html


def test_a_notice_of_an_earlier_release_has_no_link():
    mail = replace(email_changed(USER, ""), data={"at": "2026-11-21T04:31:00.000Z"})
    content = Renderer(site="https://todo.example").render(mail)

    assert "Write to us at once." in content.text
    assert "undo-email" not in content.text + content.html


def test_the_code_is_in_the_mail_to_the_new_address():
    mail = email_code(USER, "new@example.com", "change", "12345678")
    content = Renderer().render(mail)

    assert mail.to == "new@example.com"
    assert "\n12345678\n" in content.text
    assert "12345678" in content.html


def test_a_report_says_what_became_of_the_rows():
    content = Renderer().render(REPORT)

    for part in (content.text, content.html):
        assert "people.csv" in part
        assert [part.index(word) for word in ("Rows read", "Accepted", "Rejected", "Warnings")]
    assert "Rejected:  1\n" in content.text
    assert "shows each rejected row" in content.text


def test_a_report_with_warnings_alone_names_them():
    text = Renderer().render(replace(REPORT, data={**REPORT.data, "rejected": 0, "warnings": 7})).text

    assert "Warnings:  7\n" in text
    assert "shows each warning" in text


def test_a_report_queued_before_warnings_were_counted_is_still_sent():
    data = {name: value for name, value in REPORT.data.items() if name != "warnings"}

    assert "Warnings:  0\n" in Renderer().render(replace(REPORT, data=data)).text


def test_a_time_is_written_for_people():
    mail = replace(password_changed(USER.email), data={"at": "2026-11-21T04:31:00.000Z"})

    assert "on 21 November 2026, 04:31 UTC." in Renderer().render(mail).text


def test_without_a_name_the_welcome_is_still_polite():
    assert Renderer().render(welcome(replace(USER, name=None))).text.startswith("Hello there,")


def test_data_is_text_and_never_markup_nor_template():
    content = Renderer().render(welcome(replace(USER, name="<img src=x> & {{ 7 * 7 }} \"'")))

    assert "Hello <img src=x> & {{ 7 * 7 }} \"'," in content.text
    assert "Hello &lt;img src=x&gt; &amp; {{ 7 * 7 }} &#34;&#39;," in content.html


@pytest.mark.parametrize("char", "\r\n\v\f\0\x1b\x85\u2028\u2029\u202e\u200b")
def test_data_breaks_no_line(char):
    content = Renderer().render(welcome(replace(USER, name=f"Ada{char}Bcc: eve@example.com")))

    assert "Hello Ada Bcc: eve@example.com," in content.text
    assert "Hello Ada Bcc: eve@example.com," in content.html


@pytest.mark.parametrize(
    "data", [{}, {"at": "yesterday"}, {"at": 7}, {"when": "2026-11-21T04:31:00Z"}], ids=repr
)
def test_data_that_does_not_fit_is_refused(data):
    with pytest.raises(MailRefused, match="data_does_not_fit"):
        Renderer().render(replace(password_changed(USER.email), data=data))


@pytest.mark.parametrize("missing", sorted(REPORT.data.keys() - {"warnings"}))
def test_a_report_that_lacks_something_is_refused(missing):
    data = {name: value for name, value in REPORT.data.items() if name != missing}

    with pytest.raises(MailRefused, match="data_does_not_fit"):
        Renderer().render(replace(REPORT, data=data))


@pytest.mark.parametrize(
    ("locale", "subject"),
    [
        (None, "Welcome!"),
        ("fr", "Welcome!"),
        ("de", "Willkommen!"),
        ("de-AT", "Willkommen!"),
        ("DE_de", "Willkommen!"),
    ],
)
def test_a_translation_beside_the_template_is_taken_for_its_language(tmp_path, locale, subject):
    for name, words in (("welcome", "Welcome!"), ("welcome.de", "Willkommen!")):
        for kind in ("txt", "html"):
            (tmp_path / f"{name}.{kind}").write_text(f"{words}\n{words}")

    content = Renderer(tmp_path).render(replace(welcome(USER), locale=locale))

    assert (content.subject, content.html) == (subject, f"{subject}\n{subject}")


def test_templates_are_compiled_once():
    renderer = Renderer()
    mail = welcome(USER)
    renderer.render(mail)

    compiled = renderer._environment.get_template("welcome.txt")
    renderer.render(mail)

    assert renderer._environment.get_template("welcome.txt") is compiled


def test_jinja_is_not_loaded_before_the_first_mail():
    heavy = {"fastapi", "starlette", "pydantic", "mangum", "jose", "redis", "uvicorn", "jinja2"}

    assert loaded_by("app.entrypoints.email_consumer") & heavy == set()
