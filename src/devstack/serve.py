"""The process that serves the web app and the API: `python -m devstack.serve LISTENER_FD...`.

The listening sockets are the parent's, so while a reload replaces this process callers wait instead of being refused.
"""

import socket
import sys

import uvicorn


def configuration() -> uvicorn.Config:
    return uvicorn.Config(
        "devstack.site:create",
        factory=True,
        log_level="warning",
        access_log=False,  # the application writes a line per request itself
        lifespan="off",
        proxy_headers=False,  # no proxy is in front: who writes X-Forwarded-For is the caller
        timeout_graceful_shutdown=2,
    )


def main(listeners: list[int]) -> None:
    uvicorn.Server(configuration()).run(sockets=[socket.socket(fileno=listener) for listener in listeners])


if __name__ == "__main__":
    main([int(listener) for listener in sys.argv[1:]])
