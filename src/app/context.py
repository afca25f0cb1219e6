"""What is known of the request being served, for the log line and the headers: one object per request."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

CacheOutcome = Literal["hit", "miss", "bypass"]


@dataclass(slots=True)
class RequestContext:
    request_id: str
    cache: CacheOutcome | None = None


_current: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)


def begin(request_id: str) -> RequestContext:
    """Start a request. The object is shared by the threads that serve it, so what one notes all see."""
    context = RequestContext(request_id)
    _current.set(context)
    return context


def current() -> RequestContext | None:
    return _current.get()


def note_cache(outcome: CacheOutcome) -> None:
    """Remember how the last cached read of this request went."""
    if (context := _current.get()) is not None:
        context.cache = outcome
