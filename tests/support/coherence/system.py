"""The processes: two APIs, a relay in front of the first one's Redis, and a Valkey to do harm to."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
from redis import Redis

from devstack import valkey
from devstack.environment import own
from devstack.ports import HOST
from devstack.state import State
from support.ports import free_port
from support.processes import wait_until
from support.stack import RunningStack

SUPPORT = Path(__file__).parents[2]


class System:
    """`apis` are the base URLs of the processes A and B. Harm is done to A; B shares the Valkey."""

    def __init__(self, stack: RunningStack, root: Path, source: Path) -> None:
        self._stack = stack
        self._state = State(root)
        self._source = source
        self._exit = ExitStack()
        self.valkey_port = free_port()
        self._relay_port = free_port()
        self.ports = (free_port(), free_port())
        self.apis = tuple(f"http://{HOST}:{port}" for port in self.ports)

    def __enter__(self) -> "System":
        with ExitStack() as started:
            self._lock = started.enter_context(self._state.lock())
            self.start_valkey()
            started.callback(lambda: self._valkey.stop())
            self._relay = started.enter_context(_Process(self._relay_command(), self._python_path()))
            assert self._relay.ready.wait(30), "the relay does not start"
            redis_ports = (self._relay_port, self.valkey_port)
            self.processes = tuple(
                started.enter_context(_Process(self._api_command(port), self._environment(redis)))
                for port, redis in zip(self.ports, redis_ports, strict=True)
            )
            for api in self.apis:
                assert wait_until(lambda api=api: _answers(api), 60), f"{api} does not start"
            self._exit = started.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._exit.close()

    def start_valkey(self) -> None:
        self._valkey = valkey.start(self._state, self.valkey_port, lock=self._lock)
        valkey.wait_ready(self._valkey, self._state, self.valkey_port)

    def restart_valkey(self) -> None:
        """As after a crash: nothing is kept."""
        os.kill(self._valkey_pid, signal.SIGKILL)
        self._valkey.stop()
        self.start_valkey()

    @property
    def _valkey_pid(self) -> int:
        with self.redis() as redis:
            return int(redis.info("server")["process_id"])

    @property
    def circuit_openings(self) -> int:
        """Of both processes so far."""
        return sum(process.circuit_openings for process in self.processes)

    def redis(self) -> Redis:
        return Redis(host=HOST, port=self.valkey_port, socket_timeout=20, protocol=2)

    def tell_relay(self, command: str) -> None:
        stdin = self._relay.child.stdin
        assert stdin is not None
        stdin.write(f"{command}\n".encode())
        stdin.flush()

    @contextmanager
    def relay(self, command: str) -> Iterator[None]:
        self.tell_relay(command)
        try:
            yield
        finally:
            self.tell_relay("never")

    @contextmanager
    def stopping(self, *, stopped_s: float, running_s: float) -> Iterator[None]:
        """A stands still again and again."""

        def stop() -> None:
            self.processes[0].child.send_signal(signal.SIGSTOP)
            time.sleep(stopped_s)
            self.processes[0].child.send_signal(signal.SIGCONT)

        with repeated(stop, every=running_s):
            yield

    @contextmanager
    def hung_valkey(self) -> Iterator[None]:
        pid = self._valkey_pid
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def _api_command(self, port: int) -> list[str]:
        options = ["--host", HOST, "--port", str(port), "--log-level", "warning", "--lifespan", "off"]
        return [sys.executable, "-m", "uvicorn", "app.main:app", *options, "--no-access-log"]

    def _environment(self, redis_port: int) -> dict[str, str]:
        variables = {**self._stack.env, "REDIS_URL": f"redis://{HOST}:{redis_port}/0"}
        return {**own(variables), "PYTHONPATH": str(self._source)}

    def _relay_command(self) -> list[str]:
        target = str(self.valkey_port)
        return [sys.executable, "-m", "support.coherence.relay", str(self._relay_port), target]

    def _python_path(self) -> dict[str, str]:
        return own({}) | {"PYTHONPATH": str(SUPPORT)}


class _Process:
    """A child whose output is read, since what is not read stops its writer."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        self.child = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.circuit_openings = 0
        self.ready = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self) -> "_Process":
        return self

    def __exit__(self, *error: object) -> None:
        self.child.send_signal(signal.SIGCONT)
        self.child.terminate()
        self.child.wait(30)
        self._reader.join()
        for end in (self.child.stdin, self.child.stdout):
            if end is not None:
                end.close()

    def _read(self) -> None:
        assert self.child.stdout is not None
        for line in self.child.stdout:
            self.ready.set()
            self.circuit_openings += b"cache unavailable" in line


def _answers(api: str) -> bool:
    try:
        return httpx.get(f"{api}/healthz", trust_env=False, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def repeated(act: Callable[[], object], *, every: float) -> Iterator[None]:
    """Do it in the background, again and again, until the block ends."""
    done = threading.Event()

    def run() -> None:
        while not done.wait(every):
            act()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
