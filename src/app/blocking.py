"""Calls that block, and the event loop, which may not wait for one."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import get_ident


class WouldBlock(BaseException):
    """What is tried on the event loop has come to a call that blocks. No error: nothing may handle it as one."""


_forbidden_in: ContextVar[int | None] = ContextVar("forbidden_in", default=None)
"""A thread. Those that this context is handed to may block."""


@contextmanager
def forbidden() -> Iterator[None]:
    """Have `about_to_block` raise within this block."""
    token = _forbidden_in.set(get_ident())
    try:
        yield
    finally:
        _forbidden_in.reset(token)


def about_to_block() -> None:
    """Say that a call to another process follows. Raises `WouldBlock` on the event loop."""
    if _forbidden_in.get() == get_ident():
        raise WouldBlock
