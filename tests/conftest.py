"""What every test is given. The stack starts when the first test of a worker asks for it."""

import os
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from botocore import session
from botocore.loaders import JSONFileLoader, Loader, create_loader
from hypothesis import HealthCheck, settings

pytest.register_assert_rewrite("contracts", "engines")  # before the first import of either

from app import context, threads  # noqa: E402
from app.services import accounts  # noqa: E402
from support.credentials import CREDENTIALS  # noqa: E402
from support.stack import RunningStack, running_stack, running_valkey  # noqa: E402

settings.register_profile(
    "steady",  # the same examples each time, and a busy machine is no reason to fail
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("searching", settings.get_profile("steady"), derandomize=False, max_examples=1000)
settings.load_profile("steady")


@pytest.fixture(scope="session", autouse=True)
def no_real_aws() -> Iterator[None]:
    """No test can reach an account, a configuration file or a proxy of the developer's."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in CREDENTIALS.variables.items():
            patch.setenv(name, value)
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        patch.setenv("no_proxy", "127.0.0.1,localhost")
        yield


@pytest.fixture(autouse=True)
def no_request_left_behind() -> Iterator[None]:
    """A request that a test begins ends with it, and so does running in line, which a function's module begins."""
    threads._in_line = False
    yield
    threads._in_line = False
    context._current.set(None)


@pytest.fixture(scope="session", autouse=True)
def models_of_aws_once() -> Iterator[None]:
    """botocore reads the models of a service for each session again, of which there are thousands here. moto, which
    adds to its models what servers know, keeps its own."""
    read = cache(JSONFileLoader()._load_file)

    class ReadOnce(JSONFileLoader):
        def _load_file(self, *file: Any) -> Any:
            return read(*file)

    def loader_with_memory(search_path: str | None) -> Loader:
        loader = create_loader(search_path)
        loader.file_loader = ReadOnce()
        return loader

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "create_loader", loader_with_memory)
        yield


@pytest.fixture(scope="session", autouse=True)
def sign_up_seconds() -> Iterator[float]:
    """Tests sign up a thousand people, and wait for none. Returns the minimum response time in production."""
    seconds = accounts._SIGN_UP_SECONDS
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_SIGN_UP_SECONDS", 0.0)
        yield seconds


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Valkey, shared by the tests of one worker: use keys of your own, and do not stop it."""
    with running_valkey(tmp_path_factory.mktemp("valkey")) as url:
        yield url


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, valkey_url: str) -> Iterator[RunningStack]:
    """The template's resources, deployed in the embedded AWS and seeded, shared by the tests of one worker."""
    with running_stack(tmp_path_factory.mktemp("stack"), redis_url=valkey_url) as running:
        yield running


@pytest.fixture
def stack_env(stack: RunningStack, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of a process that uses the stack."""
    for name, value in stack.env.items():
        monkeypatch.setenv(name, value)
    return stack.env
