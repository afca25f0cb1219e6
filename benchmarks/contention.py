"""Writers of one user against each other: how many creations a second, and how many are refused.

python -m benchmarks.contention [--writers 64] [--processes 4] [--seconds 5] [--call-ms 5]

The database is a stand-in in a process of its own: it keeps one account, answers each call after a fixed time, and
cancels a transaction with `TransactionConflict` while another one is under way, with `ConditionalCheckFailed` and the
account where its revision is outdated. It stores no to-dos. Each process has its own client and repository, as each
worker of uvicorn has.
"""

import argparse
import json
import multiprocessing
import os
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from app.aws.clients import Clients
from app.errors import AppError
from app.models.todos import Todo
from app.models.users import User
from app.ports.todos import Seen
from app.repositories.dynamodb.todos import DynamoTodos
from benchmarks.bench import Results
from benchmarks.client import percentile

_USER = "user-a"
_PREFIX = "com.amazonaws.dynamodb.v20120810#"


class _Database(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, call_s: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.call_s = call_s
        self.lock = threading.Lock()
        self.under_way = False
        self.account: dict[str, Any] = {
            "userId": {"S": _USER},
            "status": {"S": "active"},
            "revision": {"N": "0"},
            "todoCount": {"N": "0"},
        }

    def read(self, tables: dict[str, Any]) -> dict[str, Any]:
        time.sleep(self.call_s)
        with self.lock:
            return {"Responses": {name: [self.account] if name == "users" else [] for name in tables}}

    def transact(self, update: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            if self.under_way:
                reason: dict[str, Any] | None = {"Code": "TransactionConflict", "Message": "conflict"}
            else:
                self.under_way, reason = True, None
        time.sleep(self.call_s)
        return _cancelled(reason) if reason else self._end(update["ExpressionAttributeValues"])

    def _end(self, values: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            self.under_way = False
            if self.account["revision"] != values[":read"]:
                return _cancelled({"Code": "ConditionalCheckFailed", "Message": "", "Item": self.account})
            self.account = {**self.account, "revision": values[":next"], "todoCount": values[":count"]}
            return {}


def _cancelled(reason: dict[str, Any]) -> dict[str, Any]:
    return {
        "__type": f"{_PREFIX}TransactionCanceledException",
        "Message": "cancelled",
        "CancellationReasons": [reason, {"Code": "None"}],
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the second of two small writes waits 40 ms for an acknowledgement
    server: _Database

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "RequestItems" in request:
            answer = self.server.read(request["RequestItems"])
        else:
            answer = self.server.transact(request["TransactItems"][0]["Update"])
        body = json.dumps(answer).encode()
        self.send_response(400 if "__type" in answer else 200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        pass


def _serve(call_s: float, ports: Any) -> None:
    server = _Database(call_s)
    ports.put(server.server_port)
    server.serve_forever()


def _write(port: int, writers: int, seconds: float, results: Any) -> None:
    clients = Clients("eu-central-1", f"http://127.0.0.1:{port}")
    todos = DynamoTodos(clients, todos_table="todos", users_table="users", quota=None)
    clients.dynamodb  # noqa: B018 - building a client is not measured
    end = time.monotonic() + seconds
    taken: list[float] = []
    refused: list[float] = []
    calls: list[str] = []
    clients.dynamodb.meta.events.register("before-call.dynamodb", lambda **_: calls.append(""))

    def work() -> None:
        while (begin := time.monotonic()) < end:
            outcome = taken
            try:
                todo = Todo(id=str(uuid.uuid4()), title="Buy milk")
                seen = Seen(User(id=_USER, email="a@example.com"), todo=None)
                todos.change(_USER, todo.id, lambda _, todo=todo: todo, seen=seen)
            except AppError:
                outcome = refused
            outcome.append(time.monotonic() - begin)

    threads = [threading.Thread(target=work) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put((taken, refused, len(calls), time.monotonic() - end + seconds))


def measure(writers: int = 64, processes: int = 4, seconds: float = 5.0, call_ms: float = 5.0) -> Results:
    """To-dos created and refused, calls of the database, and milliseconds that a creation took."""
    os.environ.update(AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none")
    spawn = multiprocessing.get_context("spawn")
    ports, results = spawn.Queue(), spawn.Queue()
    server = spawn.Process(target=_serve, args=(call_ms / 1000, ports), daemon=True)
    server.start()
    port, share = ports.get(), writers // processes
    started = [spawn.Process(target=_write, args=(port, share, seconds, results)) for _ in range(processes)]
    for process in started:
        process.start()
    found = [results.get() for _ in started]
    server.terminate()
    taken = sorted(1000 * took for one, *_ in found for took in one)
    return {
        "rate": len(taken) / max(took for *_, took in found),
        "created": len(taken),
        "refused": sum(len(one) for _, one, *_ in found),
        "calls": sum(calls for _, _, calls, _ in found) / len(taken),
        "p50": percentile(taken, 0.5),
        "p99": percentile(taken, 0.99),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--writers", type=int, default=64)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--call-ms", type=float, default=5.0)
    for name, value in measure(**vars(parser.parse_args())).items():
        print(f"{name:8} {value:.1f}")


if __name__ == "__main__":
    main()
