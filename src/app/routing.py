"""Routes, the path of a request as the router compares it, and the methods that a path supports.

Private parts of Starlette and FastAPI are used in this module only.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
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


def look_at_parameters_once() -> None:
    """Have FastAPI remember what the annotation of a parameter means: it works it out in each request otherwise, and
    that is one part in twenty of a cached read."""
    for name in ("_get_param_model", "_get_param_aliases", "field_annotation_is_sequence"):
        work_out = getattr(utils, name)
        if not hasattr(work_out, "cache_info"):
            setattr(utils, name, cache(work_out))


def route_path(scope: Scope) -> str:
    """The path that the router compares: without the `root_path` under which the application is served. What decides
    by the path before the router does has to see the same one."""
    return get_route_path(scope)


class LazyRoutes:
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

    @cached_property
    def plain(self) -> Mapping[str, Sequence[APIRoute]]:
        """The routes of each path without parameters."""
        found: dict[str, list[APIRoute]] = {}
        for route in self.routes:
            if not route.param_convertors:
                found.setdefault(route.path, []).append(route)
        return found

    @property
    def tag(self) -> dict[str, str] | None:
        """The name and the description of the group of these routes, where the module has one."""
        return getattr(import_module(self._module), "TAG", None)

    def covers(self, path: str) -> bool:
        """Return whether a request of this path may reach one of the routes."""
        return path in self._prefixes or path.startswith(self._folders)


class LazyRouter(BaseRoute):
    """Chooses among the routes of `modules`.

    A path without parameters is served by its own routes alone, for every method. Starlette's router would look
    further: `/v1/todos/import` has the form of `/v1/todos/{id}`, which has other methods.
    """

    def __init__(self, modules: Iterable[LazyRoutes]) -> None:
        self.modules = tuple(modules)

    def near(self, path: str) -> Sequence[APIRoute]:
        """The routes that a request of this path may reach."""
        modules = [module for module in self.modules if module.covers(path)]
        plain = [route for module in modules for route in module.plain.get(path, ())]
        return plain or [route for module in modules for route in module.routes]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As Starlette's router chooses: the first full match, else the first partial one."""
        best = Match.NONE
        chosen: Scope = {}
        if scope["type"] == "http":
            for route in self.near(route_path(scope)):
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
        inner
        for route in routes
        for inner in (
            (one for module in route.modules for one in module.routes)
            if isinstance(route, LazyRouter)
            else (route,)
        )
    ]


def tags(routes: Iterable[BaseRoute]) -> list[dict[str, Any]]:
    """The groups of routes, in the order in which a client meets them."""
    lazy = [module for route in routes if isinstance(route, LazyRouter) for module in route.modules]
    return [module.tag for module in lazy if module.tag is not None]


def allowed(app: Any, path: str) -> str:
    """The methods of a path, as `Allow` lists them (RFC 9110, 10.2.1). What is mounted, such as the assets of
    `/docs`, is only read."""
    methods = {
        method
        for route in app.routes
        for one in (route.near(path) if isinstance(route, LazyRouter) else (route,))
        if isinstance(one, Route) and one.path_regex.match(path)
        for method in one.methods or ()
    } or {"GET"}
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
