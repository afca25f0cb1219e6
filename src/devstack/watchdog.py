"""Runs a command for as long as a pipe stays open: `watchdog.py PIPE_FD GRACE_SECONDS PASS_FDS SIGNAL -- COMMAND...`.

The starter holds the pipe's other end. When that closes, because the starter asks for a stop or because it died in
in any way (SIGKILL included), the command gets the signal, and after the grace its whole process group SIGKILL: so
workers of workers end too. Only the standard library, because it is started with `-I -S`, which takes 15 ms.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from types import FrameType


def main(arguments: list[str]) -> int:
    pipe, grace, pass_fds, number, _, *command = arguments
    inherited = [int(fd) for fd in pass_fds.split(",") if fd]
    try:
        # Its own group, so that the group can be killed and this process still report.
        child = subprocess.Popen(command, pass_fds=inherited, process_group=0)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        return 127
    stop = threading.Thread(
        target=_stop_at_eof, args=(int(pipe), child, float(grace), int(number)), daemon=True
    )
    stop.start()
    _on_signals(child, float(grace), int(number))
    status = child.wait()
    _kill_group(child)
    return status if status >= 0 else 128 - status


def _stop_at_eof(pipe: int, child: "subprocess.Popen[bytes]", grace: float, number: int) -> None:
    while os.read(pipe, 1):
        continue
    _stop(child, grace, number)


def _stop(child: "subprocess.Popen[bytes]", grace: float, number: int) -> None:
    child.send_signal(number)
    try:
        child.wait(grace)
    except subprocess.TimeoutExpired:
        _kill_group(child)


def _kill_group(child: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # the latter on macOS, for zombies
        os.killpg(child.pid, signal.SIGKILL)


def _on_signals(child: "subprocess.Popen[bytes]", grace: float, number: int) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        threading.Thread(target=_stop, args=(child, grace, number), daemon=True).start()

    for caught in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(caught, stop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
