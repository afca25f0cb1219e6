"""The dependencies of an endpoint, resolved by one function instead of by FastAPI's solver.

FastAPI walks the tree of dependencies in each request, and looks at each one as if it were new: a quarter of a cached
read. Those of this application are plain functions, so the order in which to call them is known when a route is made.
"""

from collections.abc import Callable, Coroutine, Mapping
from functools import wraps
from inspect import Parameter, Signature, iscoroutinefunction, isfunction, signature
from typing import Annotated, Any, NamedTuple, TypeVar, get_args, get_origin

from fastapi.params import Depends

T = TypeVar("T")


class _Call(NamedTuple):
    """`values[into]` becomes what `function` returns. It is given the values `takes`, by the names of parameters."""

    into: str
    function: Callable[..., Any]
    takes: Mapping[str, str]


class _Plan:
    """What to read from the request, as parameters that FastAPI knows, and what to call then, in order."""

    def __init__(self) -> None:
        self.parameters: dict[str, Parameter] = {}
        self.calls: list[_Call] = []
        self._places: dict[Callable[..., Any], str] = {}

    def takes(self, function: Callable[..., Any]) -> dict[str, str]:
        """Plan what `function` is given; the name of each value by the name of its parameter."""
        return {
            name: self._place(parameter)
            for name, parameter in signature(function, eval_str=True).parameters.items()
        }

    def _place(self, parameter: Parameter) -> str:
        function = _dependency(parameter)
        if function is None:
            return self._read(parameter)
        if function not in self._places:
            takes = self.takes(function)
            self._places[function] = into = f"dependency {len(self.calls)}"
            self.calls.append(_Call(into, function, takes))
        return self._places[function]

    def _read(self, parameter: Parameter) -> str:
        """Raises `TypeError` where two functions mean different things by one name."""
        wanted = parameter.replace(kind=Parameter.KEYWORD_ONLY)
        known = self.parameters.setdefault(parameter.name, wanted)
        if known != wanted:
            raise TypeError(f"{known} and {wanted} are two parameters of one name")
        return parameter.name


def _dependency(parameter: Parameter) -> Callable[..., Any] | None:
    """The plain function that a parameter depends on. A security scheme, a class and a coroutine are FastAPI's."""
    if get_origin(parameter.annotation) is not Annotated:
        return None
    marks = [mark for mark in get_args(parameter.annotation) if isinstance(mark, Depends)]
    function = marks[-1].dependency if marks else None
    return function if isfunction(function) and not iscoroutinefunction(function) else None


def flattened(endpoint: Callable[..., Coroutine[Any, Any, T]]) -> Callable[..., Coroutine[Any, Any, T]]:
    """`endpoint`, with the parameters of its dependencies instead of its dependencies, each of which is called once.

    A dependency is called on the event loop: it must not block, and leaves what does to `app.threads.Deferred`.
    """
    plan = _Plan()
    taken = plan.takes(endpoint)

    @wraps(endpoint)
    async def call(**values: Any) -> T:
        for into, function, takes in plan.calls:
            values[into] = function(**{name: values[place] for name, place in takes.items()})
        return await endpoint(**{name: values[place] for name, place in taken.items()})

    returns = signature(endpoint, eval_str=True).return_annotation
    call.__signature__ = Signature(list(plan.parameters.values()), return_annotation=returns)  # type: ignore[attr-defined]
    return call
