"""State that was written at another port."""

import pytest

from devstack.emulator import relocation
from devstack.emulator.relocation import relocate


def test_urls_of_this_machine_follow_the_port_and_nothing_else_changes(tmp_path):
    before = "http://127.0.0.1:4566/000/q http://127.0.0.1:45667/q 4566 127.0.0.1:4566"
    relocate(tmp_path, 4566)
    (tmp_path / "sqs.json").write_text(before)

    relocate(tmp_path, 4566)
    assert (tmp_path / "sqs.json").read_text() == before

    relocate(tmp_path, 5000)
    after = (tmp_path / "sqs.json").read_text()
    assert after == before.replace("http://127.0.0.1:4566/", "http://127.0.0.1:5000/")


def test_what_was_interrupted_is_done_by_the_next_start(tmp_path):
    relocate(tmp_path, 4566)
    (tmp_path / "moved.json").write_text('"http://127.0.0.1:5000/"')
    (tmp_path / "left.json").write_text('"http://127.0.0.1:4566/"')

    relocate(tmp_path, 5000)

    assert {file.read_text() for file in tmp_path.glob("*.json")} == {'"http://127.0.0.1:5000/"'}


def test_a_state_of_a_version_that_kept_no_port_follows_by_its_queues(tmp_path):
    (tmp_path / "sqs.json").write_text('"http://127.0.0.1:4566/000/q"')
    (tmp_path / "lambda.json").write_text('"http://127.0.0.1:4566" "redis://127.0.0.1:30816/0"')

    relocate(tmp_path, 5000)

    assert (tmp_path / "sqs.json").read_text() == '"http://127.0.0.1:5000/000/q"'
    assert (tmp_path / "lambda.json").read_text() == '"http://127.0.0.1:5000" "redis://127.0.0.1:30816/0"'


def test_the_port_is_found_in_the_queues_where_its_file_is_damaged(tmp_path):
    relocate(tmp_path, 4566)
    (tmp_path / "port").write_text("")
    (tmp_path / "sqs.json").write_text('"http://127.0.0.1:4566/000/q"')

    relocate(tmp_path, 5000)

    assert (tmp_path / "sqs.json").read_text() == '"http://127.0.0.1:5000/000/q"'


def test_an_interrupted_move_of_such_a_state_is_finished(tmp_path, monkeypatch):
    (tmp_path / "sqs.json").write_text('"http://127.0.0.1:4566/000/q"')
    with monkeypatch.context() as killed:
        killed.setattr(relocation, "_rewrite", raising)
        with pytest.raises(KeyboardInterrupt):
            relocate(tmp_path, 5000)
    (tmp_path / "lambda.json").write_text('"http://127.0.0.1:4566"')
    (tmp_path / "sqs.json").write_text('"http://127.0.0.1:5000/000/q"')

    relocate(tmp_path, 5000)

    assert (tmp_path / "lambda.json").read_text() == '"http://127.0.0.1:5000"'


def raising(*_: object) -> None:
    raise KeyboardInterrupt
