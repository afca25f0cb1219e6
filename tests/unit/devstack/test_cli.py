"""The command line: a failure is one line, and the log that it names is there."""

import re
from pathlib import Path

import pytest

from devstack import cli, run


def fails(monkeypatch, error: Exception) -> None:
    def broken(_: object) -> None:
        raise error

    monkeypatch.setattr(run, "run", broken)
    monkeypatch.setattr(cli, "stop_on_signals", lambda: None)  # this process goes on


def test_an_unexpected_failure_names_the_log_that_has_the_details(tmp_path, monkeypatch, capsys):
    fails(monkeypatch, KeyError("unexpected"))

    assert cli.main(["run", "--state", str(tmp_path / "my state")]) == 1

    said = re.fullmatch(r"Error: KeyError: 'unexpected'; details are in (.*)\n", capsys.readouterr().err)
    assert said is not None
    log = Path(said[1])
    assert log == tmp_path / "my state" / "logs" / "devstack.log"
    assert "Traceback" in log.read_text()


@pytest.mark.parametrize("name", ["credentials", "logs/ministack.log"])
def test_a_file_of_the_state_that_cannot_be_used_is_named(tmp_path, monkeypatch, capsys, name):
    """Of another user, for example."""
    path = tmp_path / "state" / name
    fails(monkeypatch, PermissionError(13, "Permission denied", str(path)))

    assert cli.main(["run", "--state", str(tmp_path / "state")]) == 1

    said = capsys.readouterr().err
    assert said.startswith(f"Error: STATE: {path} cannot be used: Permission denied; details are in ")


def test_without_a_log_the_failure_names_none(tmp_path, monkeypatch, capsys):
    fails(monkeypatch, KeyError("unexpected"))
    (tmp_path / "state").write_text("a file")

    assert cli.main(["run", "--state", str(tmp_path / "state")]) == 1

    assert capsys.readouterr().err == "Error: KeyError: 'unexpected'\n"
