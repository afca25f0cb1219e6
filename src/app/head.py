"""HEAD, for all routes at once."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadMiddleware:
    """Answers HEAD as GET without the body (RFC 9110, 9.3.2): the header fields are the same.

    It stands outside of all that answers, refusals included: uvicorn drops the body of an answer to HEAD, Lambda
    does not.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        as_get = {
            **scope,
            "method": "GET",
        }  # a copy: to the server it stays a HEAD, whose body may be missing
        try:
            await self._app(as_get, receive, send_without_body)
        finally:
            scope["route"] = as_get.get("route")  # for the log
