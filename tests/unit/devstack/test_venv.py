"""The installation, where it cannot go on."""

from project import venv


def test_a_checkout_that_cannot_be_written_to_is_named(tmp_path, capsys):
    (tmp_path / "checkout").write_text("a file, so that no folder can be made in it")

    status = venv.main(tmp_path / "checkout" / ".venv", tmp_path / "requirements.txt")

    assert status == 1
    assert "checkout/.venv cannot be made: Not a directory" in capsys.readouterr().err
