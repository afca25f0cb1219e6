"""The credentials of a checkout's embedded AWS: its own, kept, and readable by no other user."""

import stat
from pathlib import Path

import pytest

from devstack import environment
from devstack.credentials import Credentials
from devstack.state import State
from project.errors import StackError


@pytest.fixture
def state(tmp_path: Path) -> State:
    (tmp_path / "state").mkdir()
    return State(tmp_path / "state")


def test_they_are_made_once_and_kept(state: State) -> None:
    made = Credentials.of(state)

    assert Credentials.of(state) == made
    assert Credentials.from_env(made.variables) == made
    assert made.control_headers == {"X-Control-Token": made.control_token}


def test_each_checkout_and_each_reset_has_its_own(state: State, tmp_path: Path) -> None:
    before = Credentials.of(state)
    state.reset()
    state.root.mkdir()
    after = Credentials.of(state)
    other = Credentials.of(State(tmp_path))

    for name in ("access_key_id", "secret_access_key", "control_token"):
        assert len({getattr(each, name) for each in (before, after, other)}) == 3


def test_only_their_owner_can_read_them(state: State) -> None:
    environment.write(state.env_file, Credentials.of(state).variables)

    for path in (state.root / "credentials", state.env_file):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"access_key_id": "a"}', '{"more": 1}'])
def test_a_damaged_file_is_said_so(state: State, content: str) -> None:
    Credentials.of(state)
    (state.root / "credentials").write_text(content)

    with pytest.raises(StackError, match="make reset"):
        Credentials.of(state)


def test_make_run_makes_keys_that_sdks_accept(state: State) -> None:
    made = Credentials.of(state)

    assert len(made.access_key_id) >= 16
    assert made.access_key_id.isalnum()
    assert made.access_key_id != "test"
