"""Ctrl-C, SIGTERM and SIGHUP: the first one stops the stack, the next ones do not disturb the stopping."""

import signal
from types import FrameType

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def stop_on_signals() -> None:
    """From now on each of them raises `KeyboardInterrupt` in the main thread, once.

    Under nohup SIGHUP stays ignored. SIGINT does not, though a shell script's `make run &` starts with it ignored.
    """
    for number in _STOPPING:
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in _STOPPING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
