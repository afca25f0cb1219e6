"""The start of a worker function: its settings, its log, its clients and its storage."""

from functools import cached_property
from typing import Generic, Protocol, TypeVar

from app.aws.clients import Clients
from app.config.reader import Tables
from app.logs import configure_logging
from app.ports.storage import Storage
from app.repositories import storage_of


class WorkerSettings(Protocol):
    @property
    def stack_name(self) -> str: ...

    @property
    def aws_region(self) -> str: ...

    @property
    def aws_endpoint_url(self) -> str | None: ...

    @property
    def tables(self) -> Tables: ...


Own = TypeVar("Own", bound=WorkerSettings)


class Worker(Generic[Own]):
    """The settings, clients and storage of a function that serves no HTTP. It logs in JSON from here on."""

    def __init__(self, settings: Own) -> None:
        configure_logging("INFO", settings.stack_name)
        self.settings = settings
        self.clients = Clients(settings.aws_region, settings.aws_endpoint_url)

    @cached_property
    def storage(self) -> Storage:
        return storage_of(self.clients, self.settings)
