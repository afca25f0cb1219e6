"""State that was written at another port."""

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
