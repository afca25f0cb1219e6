"""The command line: a failure is one line, and the log that it names is there."""

import re
from pathlib import Path

from devstack import cli, run


def fails(monkeypatch) -> None:
    def broken(_: object) -> None:
        raise KeyError("unexpected")

    monkeypatch.setattr(run, "run", broken)
    monkeypatch.setattr(cli, "stop_on_signals", lambda: None)  # this process goes on


def test_an_unexpected_failure_names_the_log_that_has_the_details(tmp_path, monkeypatch, capsys):
    fails(monkeypatch)

    assert cli.main(["run", "--state", str(tmp_path / "my state")]) == 1

    said = re.fullmatch(r"Error: KeyError: 'unexpected'; details are in (.*)\n", capsys.readouterr().err)
    assert said is not None
    log = Path(said[1])
    assert log == tmp_path / "my state" / "logs" / "devstack.log"
    assert 'raise KeyError("unexpected")' in log.read_text()


def test_without_a_log_the_failure_names_none(tmp_path, monkeypatch, capsys):
    fails(monkeypatch)
    (tmp_path / "state").write_text("a file")

    assert cli.main(["run", "--state", str(tmp_path / "state")]) == 1

    assert capsys.readouterr().err == "Error: KeyError: 'unexpected'\n"
