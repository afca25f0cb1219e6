"""Sent mail in SQLite: what the mailbox has after a kill."""

from pathlib import Path

import pytest
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import ses

from devstack.emulator import mailed
from devstack.emulator.documents import Documents
from devstack.emulator.mailed import MailStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mailed.sqlite"


@pytest.fixture(autouse=True)
def empty(monkeypatch):
    monkeypatch.setattr(ses, "_sent_emails", AccountRegionScopedDict())
    monkeypatch.setattr(ses, "load_persisted_state", ses.load_persisted_state)


def send(subject: str) -> None:
    ses.send_internal_email("no-reply@example.com", ["ada@example.com"], subject)


def subjects_after_a_kill(path: Path, monkeypatch) -> list[str]:
    monkeypatch.setattr(ses, "_sent_emails", AccountRegionScopedDict())
    mailed.install(MailStore(Documents(path)))
    ses.load_persisted_state({})
    return [mail["Subject"] for mail in ses._sent_emails_list()]


def test_what_is_committed_is_in_the_mailbox_again(path, monkeypatch):
    store = MailStore(Documents(path))
    send("one")
    store.commit()
    send("two")
    store.commit()
    send("not committed")

    assert subjects_after_a_kill(path, monkeypatch) == ["one", "two"]


def test_mail_of_a_later_run_is_added(path, monkeypatch):
    store = MailStore(Documents(path))
    send("first run")
    store.commit()
    monkeypatch.setattr(ses, "_sent_emails", AccountRegionScopedDict())

    second = MailStore(Documents(path))
    second.restore()
    send("second run")
    second.commit()

    assert subjects_after_a_kill(path, monkeypatch) == ["first run", "second run"]


def test_of_earlier_runs_the_newest_mail_is_kept(path, monkeypatch):
    monkeypatch.setattr(mailed, "_KEPT", 2)
    store = MailStore(Documents(path))
    for number in range(3):
        send(str(number))
    store.commit()

    assert subjects_after_a_kill(path, monkeypatch) == ["1", "2"]
    assert len(Documents(path).keys()) == 2
