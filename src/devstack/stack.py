"""The services under the API: the embedded AWS with the template's resources and people, and Valkey."""

from collections.abc import Iterator
from types import TracebackType
from typing import Self

from devstack import deploy, emulator, environment, mail, migrations, seed, valkey
from devstack.aws import Aws
from devstack.credentials import Credentials
from devstack.database import Database
from devstack.pages import own_origins
from devstack.ports import HOST, check_free, free_port
from devstack.processes import Child
from devstack.reports import EXIT_STATUS, Reports
from devstack.state import State
from project import paths, template
from project.console import Progress, Silent
from project.errors import StackError

_CORS_ORIGINS = "http://localhost:3000,http://localhost:5173"
"""Where the development servers of web clients usually are."""
_CALLBACK_URLS, _LOGOUT_URLS = "myapp://callback", "myapp://signed-out"
"""Of an app under development."""
_LIMITS = "network-guesses=9999/900,sign-ups=9999/3600,mails=999/3600,network-mails=9999/3600"
"""Wrong passwords and codes are limited as on AWS. The others count networks, and all callers here are of one."""

_USUAL_PORT = 8000
"""Of the app, where it is not started with the stack."""


class LocalStack:
    """A context manager. Inside it everything answers; after it nothing of it runs and `state` is kept.

    `env` holds the variables of the application, as the template gives them to its functions. Pages of the app on
    `app_port` may call the embedded AWS, with what the API has signed for them. `credentials` are otherwise those
    of `state`.
    """

    env: dict[str, str]
    redis_url: str
    aws: Aws

    def __init__(
        self,
        state: State,
        *,
        lock: int,
        aws_port: int,
        app_port: int | None = None,
        credentials: Credentials | None = None,
        redis_url: str | None = None,
        database: Database | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.state = state
        self.endpoint = f"http://{HOST}:{aws_port}"
        self._lock = lock
        self._aws_port = aws_port
        self._app_port = app_port
        self.credentials = credentials or Credentials.of(state)
        self._given_redis_url = redis_url
        self.database = database
        self._progress = progress or Silent()
        self._children: list[Child] = []
        self._valkey: Child | None = None
        self._reports = Reports(state.log("ministack"))

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def check(self) -> None:
        """Raises:
        StackError: a service that is needed has ended by itself. The cache is not one.
        """
        for child in self._children:
            if child is not self._valkey and child.status is not None:
                raise StackError(self._why_stopped(child))

    def _why_stopped(self, child: Child) -> str:
        if child.status == EXIT_STATUS:
            return f"The data of the last seconds are lost: {emulator.last_line(self.state)}"
        return f"{child.name} has stopped (status {child.status}); see {self.state.logs}"

    def reports(self) -> Iterator[str]:
        """The reports of the embedded AWS since the last call: functions and pollers that fail."""
        return self._reports.new()

    @property
    def cache_status(self) -> int | None:
        """The exit status of our Valkey, `None` while it runs or when the stack started none."""
        return None if self._valkey is None else self._valkey.status

    def physical_id(self, logical: str) -> str:
        """The name of a resource of the template, as deployed."""
        return deploy.physical_id(self.aws, logical)

    def update(self, *, moves_todos: bool = False) -> bool:
        """Bring the template's resources and the functions' code up to date. Returns whether anything changed.
        `moves_todos`: the first table of to-dos stays, beside the second."""
        localised = template.localise(
            template.load(paths.TEMPLATE),
            source_hash=paths.digest(),
            endpoint=self.endpoint,
            site=f"http://localhost:{self._app_port or _USUAL_PORT}",
            given=self.database.variables if self.database else None,
        )
        parameters = {
            "Stage": "local",
            "RedisUrl": self.redis_url,
            "CorsOrigins": _CORS_ORIGINS,
            "CallbackUrls": _CALLBACK_URLS,
            "LogoutUrls": _LOGOUT_URLS,
            "IngestStream": "on",
            "Limits": _LIMITS,
            "TodosMove": "pending" if moves_todos else "done",
        }
        changed = deploy.deploy(self.aws, localised, parameters)
        self.env = self._environment(deploy.function_environments(self.aws))
        return changed

    def _start(self) -> None:
        check_free(self._aws_port, variable="AWS_PORT")
        self._start_database()  # first: functions of messages that wait run as soon as the embedded AWS does
        ministack = emulator.start(
            self.state, self._aws_port, self.credentials, self._origins(), lock=self._lock
        )
        self._children.append(ministack)
        with self._progress.step("Valkey (cache)"):
            self._start_valkey()
        with self._progress.step("MiniStack (AWS)"):
            self.aws = Aws(self.endpoint, self.credentials)
            emulator.wait_ready(ministack, self.state, self._aws_port, self.credentials)
        is_fresh = not deploy.exists(self.aws)
        self._move_todos()
        with self._progress.step("Resources of template.yaml"):
            self.update()
            mail.verify_sender(self.aws, self.env["MAIL_FROM"])
        self._migrate(is_fresh)
        with self._progress.step("Demo and admin user"):
            seed.seed(self.aws, self.env["USER_POOL_ID"], self.env["USER_POOL_CLIENT_ID"])
        environment.write(self.state.env_file, self.env)

    def _start_database(self) -> None:
        if self.database is None:
            return
        with self._progress.step("PostgreSQL"):
            for child in self.database.start(lock=self._lock):
                self._children.append(child)

    def _migrate(self, is_fresh: bool) -> None:
        if is_fresh:
            migrations.done(self.state)
        elif migrations.are_due(self.state):
            with self._progress.step("Migrations of the data"):
                migrations.apply(self.state, self.env)

    def _move_todos(self) -> None:
        """The table of an earlier version has fewer local indexes, and the embedded AWS would empty it."""
        if not deploy.has(self.aws, migrations.FIRST_TODOS_TABLE):
            return
        with self._progress.step("Move of the to-dos"):
            self.update(moves_todos=True)
            first = self.physical_id(migrations.FIRST_TODOS_TABLE)
            migrations.move_todos(self.state, self.env)
            self.aws.client("dynamodb").delete_table(TableName=first)

    def _start_valkey(self) -> None:
        if self._given_redis_url:
            valkey.check(self._given_redis_url)
            self.redis_url = self._given_redis_url
            return
        last = self.state.recall("valkey-port")  # the same again, so that the resources need no update
        port = free_port(int(last) if last else None)
        self._valkey = valkey.start(self.state, port, lock=self._lock)
        self._children.append(self._valkey)
        valkey.wait_ready(self._valkey, self.state, port)
        self.state.remember("valkey-port", str(port))
        self.redis_url = f"redis://{HOST}:{port}/0"

    def _environment(self, deployed: dict[str, str]) -> dict[str, str]:
        pool = deployed["USER_POOL_ID"]
        return {
            **deployed,
            **self.credentials.variables,
            "AWS_REGION": environment.REGION,
            "AWS_DEFAULT_REGION": environment.REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
            "TOKEN_ISSUER": f"https://cognito-idp.{environment.REGION}.amazonaws.com/{pool}",
            "ROOT_PATH": "",
        }

    def _origins(self) -> list[str]:
        """Of the pages that may call the embedded AWS: the app's, and those of clients under development."""
        app = [] if self._app_port is None else own_origins(self._app_port)
        return [*app, *_CORS_ORIGINS.split(",")]

    def _stop(self) -> None:
        for child in self._children:
            child.release()
        for child in self._children:
            child.stop()
        for child in self._children:
            if child.status == EXIT_STATUS:
                raise StackError(self._why_stopped(child))
