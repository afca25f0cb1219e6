"""Runs one peer in a process of its own.

python driver.py MODULE OPERATION        one request from a new process, then the end
python driver.py MODULE                  reads lines `OPERATION COUNT`, answers each with the CPU seconds that it took
"""

import importlib
import sys
import time
from pathlib import Path

from events import CONTEXT, OPERATIONS


class Peer:
    def __init__(self, module):
        self._handler = importlib.import_module(module).handler

    def call(self, operation):
        event, expected = OPERATIONS[operation]
        answer = self._handler(event(), CONTEXT)
        if not expected.items() <= answer.items():
            raise SystemExit(f"{operation}: {answer}")

    def seconds(self, operation, count):
        began = time.process_time()
        for _ in range(count):
            self.call(operation)
        return time.process_time() - began


def peak_kib():
    """Of this program. What `getrusage` tells includes the process that started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


if __name__ == "__main__":
    peer = Peer(sys.argv[1])
    if len(sys.argv) > 2:
        peer.call(sys.argv[2])
        sys.exit()
    for line in sys.stdin:
        operation, count = line.rsplit(maxsplit=1)
        if operation == "memory":
            print(peak_kib(), flush=True)
        else:
            print(peer.seconds(operation, int(count)), flush=True)
