"""The limits of the caller, as a dependency of the routes that try passwords and codes, or send mail."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.services.limits import Limits


def limits_of_caller(request: Request) -> Limits:
    return cast(Limits, request.app.state.container.limits.of(request.scope))


LimitsDep = Annotated[Limits, Depends(limits_of_caller)]
