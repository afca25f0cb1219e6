"""Routes, the path of a request as the router compares it, and the methods that a path supports.

Private parts of Starlette and FastAPI are used in this module only.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from typing import Any

from fastapi._compat import ModelField
from fastapi.dependencies import utils
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette._utils import get_route_path
from starlette.datastructures import QueryParams
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send


def read_queries_at_once() -> None:
    """Have a model of query parameters validate the whole query, and FastAPI read it only where that fails.

    FastAPI takes each field from the query by itself and looks through its annotation each time: a fifth of a cached
    read. Of a parameter that is repeated both take the last; a field that is a list fails, and is FastAPI's.
    """
    one_by_one = utils._request_param_model_to_args  # noqa: SLF001

    def at_once(
        model_field: ModelField, model: type[BaseModel], received_params: Mapping[str, Any]
    ) -> tuple[Any, list[Any]]:
        if isinstance(received_params, QueryParams):
            value, errors = model_field.validate(dict(received_params))
            if not errors:
                return value, []
        return one_by_one(model_field, model, received_params)

    if one_by_one.__module__ == utils.__name__:  # and not ours yet
        utils._request_param_model_to_args = at_once  # noqa: SLF001


def route_path(scope: Scope) -> str:
    """The path that the router compares: without the `root_path` under which the application is served. What decides
    by the path before the router does has to see the same one."""
    return get_route_path(scope)


class LazyRoutes(BaseRoute):
    """The routes of `module.router`, all of them at or below one of `prefixes`, imported by the first request there.

    A route costs a cold start the models of its bodies and answers, and what it does its services. A function serves
    its first request after all of that, so it builds only what that request can reach.
    """

    def __init__(self, module: str, *prefixes: str) -> None:
        self._module = module
        self._prefixes = prefixes
        self._folders = tuple(f"{prefix}/" for prefix in prefixes)

    @cached_property
    def routes(self) -> Sequence[APIRoute]:
        routes: Sequence[APIRoute] = import_module(self._module).router.routes
        for route in routes:
            if not self.covers(route.path):
                raise ValueError(f"{route.path} is outside of {self._prefixes}")
        return routes

    @property
    def tag(self) -> dict[str, str] | None:
        """The name and the description of the group of these routes, where the module has one."""
        return getattr(import_module(self._module), "TAG", None)

    def covers(self, path: str) -> bool:
        """Return whether a request of this path may reach one of the routes."""
        return path in self._prefixes or path.startswith(self._folders)

    @cached_property
    def methods_of_plain(self) -> Mapping[str, set[str]]:
        """The methods of each path without parameters."""
        found: dict[str, set[str]] = {}
        for route in self.routes:
            found.setdefault(route.path, set()).update(_of(route))
        return found

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As Starlette's router chooses: the first full match, else the first partial one."""
        best = Match.NONE
        chosen: Scope = {}
        if scope["type"] == "http" and self.covers(route_path(scope)):
            for route in self.routes:
                match, found = route.matches(scope)
                if match.value > best.value:
                    best, chosen = match, found
                if match is Match.FULL:
                    break
        return best, chosen

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request by the route that `matches` found: FastAPI puts it into the scope."""
        await scope["route"].handle(scope, receive, send)


def flat(routes: Iterable[BaseRoute]) -> list[BaseRoute]:
    """All routes, those of lazy modules included."""
    return [
        inner for route in routes for inner in (route.routes if isinstance(route, LazyRoutes) else [route])
    ]


def tags(routes: Iterable[BaseRoute]) -> list[dict[str, Any]]:
    """The groups of routes, in the order in which a client meets them."""
    return [route.tag for route in routes if isinstance(route, LazyRoutes) and route.tag is not None]


def flat_near(routes: Iterable[BaseRoute], path: str) -> list[BaseRoute]:
    """The routes that a request of this path may reach, and perhaps some more."""
    return flat(route for route in routes if not isinstance(route, LazyRoutes) or route.covers(path))


def allowed(app: Any, path: str) -> str:
    """The methods of a path, as `Allow` lists them (RFC 9110, 10.2.1). What is mounted, such as the assets of
    `/docs`, is only read."""
    methods = methods_of_plain(app, path) or {
        method for route in _routes(app, path) if route.path_regex.match(path) for method in _of(route)
    }
    return listed(methods or {"GET"})


def methods_of_plain(app: Any, path: str) -> set[str]:
    """The methods of a path without parameters; none where a route with parameters serves it, or no route."""
    found: set[str] = set()
    for route in app.routes:
        if isinstance(route, LazyRoutes):
            found |= route.methods_of_plain.get(path, set()) if route.covers(path) else set()
        elif isinstance(route, Route) and route.path == path:
            found |= _of(route)
    return found


def listed(methods: set[str]) -> str:
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


def _routes(app: Any, path: str) -> Iterator[Route]:
    return (route for route in flat_near(app.routes, path) if isinstance(route, Route))


def _of(route: Route) -> set[str]:
    return route.methods or set()
