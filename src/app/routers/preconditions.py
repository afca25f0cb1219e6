"""ETags and conditional requests (RFC 9110, section 13)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from app.errors import BadRequest, PreconditionFailed
from app.models.todos import Todo, Tombstone
from app.schemas.todos import TodoOut
from app.services.todos import Precondition, todo_deleted

_ELEMENT = re.compile(r'[ \t]*(?:((?:W/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*)?(?:,|$)')
"""One of a list, which may be empty (RFC 9110, 5.6.1.2). A comma within a tag separates nothing."""


def etag(todo: Todo | TodoOut | Tombstone) -> str:
    return f'"{todo.version}"'


def precondition(if_match: str | None, if_none_match: str | None) -> Precondition:
    """The condition that `If-Match` and `If-None-Match` put on a change. Tags are compared strongly and weakly
    respectively, as 13.1.1 and 13.1.2 say. A deleted to-do has no current representation: `If-Match: *` does not
    match it, but its version does, which is how a client asks to restore it.

    Raises:
        BadRequest: a header is not a list of entity tags.
        PreconditionFailed: by the condition, of `If-None-Match: *` and a deleted to-do.
    """
    match = None if if_match is None else _entity_tags(if_match)
    none_match = None if if_none_match is None else _entity_tags(if_none_match)

    def allowed(current: Todo | Tombstone | None) -> bool:
        if isinstance(current, Tombstone):
            if none_match is not None and "*" in none_match:
                raise todo_deleted(PreconditionFailed, current)
            return match is not None and etag(current) in match
        if match is not None and (current is None or not ("*" in match or etag(current) in match)):
            return False
        return none_match is None or current is None or not _weakly_in(etag(current), none_match)

    return allowed


def matches(current_etag: str, if_none_match: str | None) -> bool:
    """Return whether the client holds this representation, so that 304 is the answer."""
    return if_none_match is not None and _weakly_in(current_etag, _entity_tags(if_none_match))


@contextmanager
def showing_current() -> Iterator[None]:
    """Make a 412 carry the current representation and its ETag."""
    try:
        yield
    except PreconditionFailed as error:
        if isinstance(error.current, Todo):
            error.headers["ETag"] = etag(error.current)
            error.current = TodoOut.of(error.current).model_dump(mode="json", by_alias=True)
        raise


def _weakly_in(tag: str, tags: frozenset[str]) -> bool:
    return "*" in tags or tag.removeprefix("W/") in {other.removeprefix("W/") for other in tags}


def _entity_tags(header: str) -> frozenset[str]:
    if header.strip() == "*":
        return frozenset({"*"})
    tags, position = set(), 0
    while position < len(header):
        element = _ELEMENT.match(header, position)
        if element is None:
            raise BadRequest('An entity tag is written in double quotes: "3".', code="malformed_etag")
        tags.add(element[1])
        position = element.end()
    return frozenset(tags - {None})
