"""The command line: reads it and the environment, and turns every failure into one line and a status."""

import argparse
import os
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from devstack.signals import stop_on_signals
from devstack.state import State
from project.console import Console, fail
from project.errors import StackError

_DEFAULT_STATE = Path(__file__).parents[2] / ".local"


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status: 0 after a stop by the user, 1 after a failure."""
    options = _parse(arguments)
    state = State(Path(options.state) if options.state else _DEFAULT_STATE)
    stop_on_signals()
    try:
        _reset(state) if options.command == "reset" else _run(options, state)
    except KeyboardInterrupt:
        return 0
    except StackError as error:
        fail(str(error))
        return 1
    except Exception as error:  # noqa: BLE001 - the last resort: one line for the person, the rest for the log
        fail(f"{_reason(error, state)}{_details(state)}")
        return 1
    return 0


def _reason(error: Exception, state: State) -> str:
    if isinstance(error, OSError) and Path(str(error.filename)).is_relative_to(state.root):
        return f"STATE: {error.filename} cannot be used: {error.strerror}"
    return f"{type(error).__name__}: {error}"


def _details(state: State) -> str:
    """Write down the exception that is being handled, and name the file; empty if it cannot be written."""
    try:
        trace = state.log("devstack")
        trace.write_text(traceback.format_exc())
    except (OSError, StackError):
        return ""
    return f"; details are in {trace}"


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="devstack", description=__doc__)
    parser.add_argument("command", choices=("run", "reset"))
    parser.add_argument("--state", default=None, help="where the data are kept")
    parser.add_argument("--follow-parent", action="store_true", help="stop when the caller ends")
    return parser.parse_args(arguments)


def _reset(state: State) -> None:
    state.reset()
    Console().say("The local stack has forgotten everything.")


def _run(options: argparse.Namespace, state: State) -> None:
    try:
        from devstack import environment
        from devstack.database import Database
        from devstack.run import Options, run
    except ImportError as error:
        raise StackError(f"{error.name} is not installed; `make run` installs everything") from error
    port, aws_port = _port("PORT", 8000, os.environ), _port("AWS_PORT", 4566, os.environ)
    if port == aws_port:
        raise StackError(f"PORT and AWS_PORT are both {port}")
    redis_url = environment.given_url("REDIS_URL", os.environ, state.env_file)
    database = Database.of(os.environ, state)
    run(Options(state, port, aws_port, redis_url, database, options.follow_parent))


def _port(variable: str, default: int, env: Mapping[str, str]) -> int:
    text = env.get(variable) or str(default)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65_536:
        raise StackError(f"{variable} must be a port number from 1 to 65535")
    return int(text)
