"""The context of the request being served, for the log line and the headers: one object per request."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

CacheOutcome = Literal["hit", "miss", "bypass"]


@dataclass(frozen=True, slots=True)
class FailedCall:
    """A call to AWS that failed: `error` is its code, or the name of the exception where no answer came."""

    service: str
    operation: str
    error: str
    milliseconds: float | None = None
    attempt: int = 1

    def fields(self) -> dict[str, str | float | None]:
        """As the log names them."""
        return {
            "service": self.service,
            "operation": self.operation,
            "error": self.error,
            "callMs": self.milliseconds,
            "attempt": self.attempt,
        }


@dataclass(slots=True)
class RequestContext:
    request_id: str
    scope: Mapping[str, Any] | None = None
    """The ASGI scope: where the request comes from."""
    cache: CacheOutcome | None = None
    problem: str | None = None
    """The `code` of the problem that it was answered with."""
    failed_call: FailedCall | None = None
    """The last one: what a 5xx most likely comes from."""


_current: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)


def begin(request_id: str, scope: Mapping[str, Any] | None = None) -> RequestContext:
    """Start a request. The object is shared by the threads that serve it, so what one notes all see."""
    context = RequestContext(request_id, scope)
    _current.set(context)
    return context


def current() -> RequestContext | None:
    return _current.get()


def note_cache(outcome: CacheOutcome) -> None:
    """Remember how the last cached read of this request went."""
    if (context := _current.get()) is not None:
        context.cache = outcome
