"""The directory of a stack, and what `reset` deletes of it."""

import fcntl
import os
import subprocess
from pathlib import Path
from threading import Timer

import pytest

from devstack.cli import main
from devstack.state import State
from project.errors import StackError


@pytest.fixture
def state(tmp_path):
    state = State(tmp_path / "state")
    with state.lock():
        state.remember("port", "1")
        state.log("api").write_text("a line")
    return state


def test_reset_forgets_everything(state):
    state.reset()

    assert not state.root.exists()


def test_reset_leaves_what_is_not_of_the_stack(state):
    (state.root / "thesis.txt").write_text("years of work")

    state.reset()

    assert [path.name for path in state.root.iterdir()] == ["thesis.txt"]


def test_reset_refuses_a_directory_without_a_stack(tmp_path):
    (tmp_path / "logs").mkdir()

    with pytest.raises(StackError, match="is not the state of a local stack"):
        State(tmp_path).reset()

    assert (tmp_path / "logs").is_dir()


def test_an_empty_state_is_the_default_and_not_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("devstack.cli._DEFAULT_STATE", tmp_path / "default")
    monkeypatch.setattr("devstack.cli.stop_on_signals", lambda: None)
    (tmp_path / "lock").touch()

    assert main(["reset", "--state", ""]) == 0

    assert (tmp_path / "lock").exists()


def test_a_loop_of_links_is_no_directory(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")

    with pytest.raises(StackError, match=r"STATE: .*loop cannot be used: "), State(tmp_path / "loop").lock():
        pass
    with pytest.raises(StackError, match=r"STATE: .*loop cannot be used: "):
        State(tmp_path / "loop").reset()


def test_resetting_a_state_that_does_not_exist_does_nothing(tmp_path):
    State(tmp_path / "missing").reset()

    assert list(tmp_path.iterdir()) == []


def test_a_stack_that_was_killed_is_waited_for_though_its_parent_has_not_noticed(state):
    """In a container without an init process a killed process stays a zombie."""
    killed = subprocess.Popen(["sleep", "60"])
    holder = os.open(state.root / "lock", os.O_RDWR)
    fcntl.flock(holder, fcntl.LOCK_EX)
    os.pwrite(holder, str(killed.pid).encode(), 0)
    killed.kill()
    os.waitid(os.P_PID, killed.pid, os.WEXITED | os.WNOWAIT)
    Timer(0.3, os.close, [holder]).start()

    with state.lock():
        assert int((state.root / "lock").read_text()) == os.getpid()
    killed.wait()


def test_a_reset_of_what_cannot_be_looked_at_is_refused(tmp_path, monkeypatch):
    def refuse(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", refuse)

    with pytest.raises(StackError, match=r"STATE: .* cannot be used: Permission denied"):
        State(tmp_path).reset()
