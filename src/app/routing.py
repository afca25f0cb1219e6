"""What the router sees: the path of a request, and the methods that a path supports.

Whatever is private in Starlette or FastAPI is used in this module only.
"""

from collections.abc import Iterator
from typing import Any

from starlette._utils import get_route_path
from starlette.routing import Route
from starlette.types import Scope


def route_path(scope: Scope) -> str:
    """The path that the router compares: without the `root_path` under which the application is served. What decides
    by the path before the router does has to see the same one."""
    return get_route_path(scope)


def allowed(app: Any, path: str) -> str:
    """The methods of a path, as `Allow` lists them (RFC 9110, 10.2.1). What is mounted, such as the assets of
    `/docs`, is only read."""
    methods = plain_paths(app).get(path)
    if methods is None:
        methods = {method for route in _routes(app) if route.path_regex.match(path) for method in _of(route)}
    return listed(methods or {"GET"})


def plain_paths(app: Any) -> dict[str, set[str]]:
    """The methods of each path that has no parameters."""
    found: dict[str, set[str]] = {}
    for route in _routes(app):
        if "{" not in route.path:
            found.setdefault(route.path, set()).update(_of(route))
    return found


def listed(methods: set[str]) -> str:
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


def _routes(app: Any) -> Iterator[Route]:
    """FastAPI keeps the routes of included routers out of sight."""
    for routes in (app.routes, *(router.routes for router in app.state.routers)):
        yield from (route for route in routes if isinstance(route, Route))


def _of(route: Route) -> set[str]:
    return route.methods or set()
