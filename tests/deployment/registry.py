"""The registry of the embedded AWS, under the name that ECR has in AWS.

An engine pushes to `<account>.dkr.ecr.<region>.amazonaws.com` and to nowhere else. So it is given a proxy, behind
which there is the embedded AWS only.
"""

import gzip
import io
import json
import socket
import tarfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from devstack.environment import REGION

ACCOUNT = "000000000000"
HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
_SECONDS = 60


@contextmanager
def proxy(endpoint: str) -> Iterator[str]:
    """Run the proxy before `endpoint`, in a thread; gives its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(_Proxy(endpoint), lifespan="off", log_level="error"))
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


class _Proxy:
    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        host = request.headers["host"]
        if request.method == "CONNECT" or host != HOST:
            answer = Response(status_code=403)
        else:
            answer = await self._forward(request, scope["raw_path"].decode().removeprefix(f"http://{host}"))
        await answer(scope, receive, send)

    async def _forward(self, request: Request, path: str) -> Response:
        async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False) as http:
            answer = await http.request(
                request.method,
                f"{self._endpoint}{path}?{request.url.query}",
                content=request.stream(),
                headers=request.headers.raw,
            )
        return Response(answer.content, answer.status_code, dict(answer.headers))


def sign_in(home: Path) -> None:
    """As `aws ecr get-login-password | docker login` leaves it. Podman itself would ask the real ECR, over TLS."""
    credentials = home / ".docker/config.json"
    credentials.parent.mkdir()
    credentials.write_text(json.dumps({"auths": {HOST: {"auth": b64encode(b"AWS:token").decode()}}}))


@dataclass(frozen=True)
class Pushed:
    """An image as a client that pulls it gets it."""

    digest: str
    identity: str
    """The digest of `config`, by which an engine knows the image."""
    architecture: str
    config: dict[str, Any]
    files: dict[str, tuple[int, str]]
    """The files of its last layer: path -> mode and digest."""


def pull(endpoint: str, uri: str) -> Pushed:
    """Raises:
    httpx.HTTPStatusError: there is no such image.
    """
    repository, tag = uri.removeprefix(f"{HOST}/").split(":")
    with httpx.Client(base_url=f"{endpoint}/v2/{repository}", timeout=_SECONDS, trust_env=False) as http:
        manifest = http.get(f"/manifests/{tag}").raise_for_status()
        identity = manifest.json()["config"]["digest"]
        described = http.get(f"/blobs/{identity}").raise_for_status().json()
        layer = http.get(f"/blobs/{manifest.json()['layers'][-1]['digest']}").raise_for_status()
    return Pushed(
        f"sha256:{sha256(manifest.content).hexdigest()}",
        identity,
        described["architecture"],
        described["config"],
        _files(layer.content),
    )


def _files(layer: bytes) -> dict[str, tuple[int, str]]:
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(layer))) as tar:
        return {
            member.name: (member.mode & 0o7777, sha256(content.read()).hexdigest())
            for member in tar
            if (content := tar.extractfile(member)) is not None
        }
