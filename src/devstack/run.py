"""`make run`: the stack and the API over it, until they are stopped; code edits arrive while they run."""

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from watchfiles import watch

from devstack import environment, seed
from devstack.api import Api
from devstack.database import Database
from devstack.ports import HOST, bind
from devstack.stack import LocalStack
from devstack.state import State
from project import paths
from project.console import Console, fail, table
from project.errors import StackError

_TICK = 500
"""Milliseconds between two looks at the children, while nothing changes."""


@dataclass(frozen=True, slots=True)
class Options:
    state: State
    port: int
    aws_port: int
    redis_url: str | None
    database: Database | None
    follow_parent: bool


def run(options: Options) -> None:
    """Returns when the parent is gone, if it is to be followed; else only by an exception.

    Raises:
        StackError: a step failed, or a service ended by itself.
        KeyboardInterrupt: it was stopped.
    """
    console = Console()
    parent = os.getppid() if options.follow_parent else None
    begin = time.monotonic()
    with ExitStack() as held:
        lock = held.enter_context(options.state.lock())
        listeners = held.enter_context(bind(options.port, variable="PORT"))
        console.say("Starting the local stack")
        held.push(_confirm_stop(console))
        stack = held.enter_context(
            LocalStack(
                options.state,
                lock=lock,
                aws_port=options.aws_port,
                app_port=options.port,
                redis_url=options.redis_url,
                database=options.database,
                progress=console,
            )
        )
        api = held.enter_context(Api(listeners, options.state, lock=lock))
        with console.step("API (uvicorn)"):
            api.start(stack.env)
        console.say(_summary(options, stack, time.monotonic() - begin))
        api.echo = True
        held.callback(console.say, "\nStopping")
        Supervisor(stack, api, console).watch(parent)


@dataclass
class Supervisor:
    """Looks after the running stack: reloads on edits, and ends when a service that is needed or the parent does."""

    stack: LocalStack
    api: Api
    console: Console
    reported: bool = False
    cache_reported: bool = False

    def watch(self, parent: int | None) -> None:
        for changes in watch(paths.APPLICATION, paths.TEMPLATE, rust_timeout=_TICK, yield_on_timeout=True):
            self.stack.check()
            if parent is not None and os.getppid() != parent:
                return
            if changes:
                self._reload(sorted({path for _, path in changes}))
            self._report_dead_api()
            self._report_dead_cache()
            for report in self.stack.reports():
                fail(report)

    def _reload(self, changed: list[str]) -> None:
        """The API first, since the developer waits for it; then the functions' code and the template's resources."""
        names = ", ".join(os.path.relpath(path, paths.PROJECT) for path in changed[:3])
        self.console.say(f"Changed: {names}{', ...' if len(changed) > 3 else ''}")
        self.reported = False
        try:
            before = self.stack.env
            self._restart()
            if self.stack.update() and self.stack.env != before:
                environment.write(self.stack.state.env_file, self.stack.env)
                self._restart()
        except Exception as error:  # noqa: BLE001 - an edit can break anything, and the next one repairs it
            self.reported = True
            fail(f"{_cause(error)}. Edit again to retry.")

    def _restart(self) -> None:
        self.api.echo = False  # while it starts, it is only asked for its health
        self.api.stop()
        self.api.start(self.stack.env)
        self.api.echo = True

    def _report_dead_api(self) -> None:
        if self.api.status is not None and not self.reported:
            self.reported = True
            fail(f"The API has stopped (status {self.api.status}). It starts again after an edit.")

    def _report_dead_cache(self) -> None:
        if self.stack.cache_status is not None and not self.cache_reported:
            self.cache_reported = True
            fail(f"Valkey has stopped (status {self.stack.cache_status}). The API goes on without a cache.")


def _cause(error: Exception) -> str:
    return str(error) if isinstance(error, StackError) else f"{type(error).__name__}: {error}"


def _confirm_stop(console: Console) -> Callable[[type[BaseException] | None, object, object], None]:
    """Called last, with the error that the stop ends with: one of the services may not have saved its state."""

    def confirm(kind: type[BaseException] | None, _error: object, _trace: object) -> None:
        if kind is None or issubclass(kind, KeyboardInterrupt):
            console.say("The data are kept.")

    return confirm


def _summary(options: Options, stack: LocalStack, seconds: float) -> str:
    app = f"http://{HOST}:{options.port}"
    rows = {
        "App": app,
        "API docs": f"{app}/docs",
        "Mailbox": f"{app}/mailbox",
        "AWS": f"{stack.endpoint} (us-east-1; its key is in the environment)",
        **({} if stack.database is None else {"PostgreSQL": stack.database.summary}),
        "Demo user": f"{seed.DEMO.email}  {seed.DEMO.password}",
        "Admin": f"{seed.ADMIN.email}  {seed.ADMIN.password}",
        "Environment": _shortest(options.state.env_file),
    }
    end = "Ctrl-C stops it and keeps the data; `make reset` forgets them."
    return f"\nReady in {seconds:.1f} s\n\n{table(rows)}\n\n{end}\n"


def _shortest(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
