"""The installation, where it cannot go on."""

from project import venv


def test_a_checkout_that_cannot_be_written_to_is_named(tmp_path, capsys):
    (tmp_path / "checkout").write_text("a file, so that no folder can be made in it")

    status = venv.main(tmp_path / "checkout" / ".venv", tmp_path / "requirements.txt")

    assert status == 1
    assert "checkout/.venv cannot be written to: Not a directory" in capsys.readouterr().err


def test_an_environment_that_cannot_be_written_to_is_named(tmp_path, capsys, monkeypatch):
    """Of another user, or on a file system that is read-only."""
    monkeypatch.setattr(venv.os, "access", lambda path, mode: False)
    (tmp_path / ".venv").mkdir()

    status = venv.main(tmp_path / ".venv", tmp_path / "requirements.txt")

    assert status == 1
    assert f"{tmp_path}/.venv cannot be written to: Permission denied" in capsys.readouterr().err
