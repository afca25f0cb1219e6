"""Files and configuration of the web app: the same on a laptop and on AWS."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

CONFIG = "config.js"
INDEX = "index.html"
CACHE_CONTROL = "no-cache"
"""Kept by browsers and asked for again each time: a deployment is seen at once, and what is unchanged is a 304."""

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


_FOR_THE_TYPE_CHECKER = ("jsconfig.json", ".d.ts")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteConfig:
    """The contents of `config.js`. Nothing in it is secret: every visitor reads it."""

    region: str
    user_pool_id: str
    user_pool_client_id: str
    """Of the site's own client, whose refresh tokens rotate."""
    stage: str
    docs: bool
    """Whether Swagger UI is served at `/docs`."""
    password_complexity: bool
    """Whether a new password needs all four kinds of characters."""
    mailbox: str | None = None
    """Where sent mail can be read. Only on a laptop."""
    demo: Mapping[str, str] | None = None
    """`email` and `password` of an account that anybody may use. Only on a laptop."""

    def module(self) -> bytes:
        values = {
            "region": self.region,
            "userPoolId": self.user_pool_id,
            "userPoolClientId": self.user_pool_client_id,
            "apiBase": "",  # the same origin
            "stage": self.stage,
            "docs": self.docs,
            "passwordComplexity": self.password_complexity,
            "mailbox": self.mailbox,
            "demo": dict(self.demo) if self.demo else None,
        }
        return f"export default {json.dumps(values, indent=2)};\n".encode()


def content_type(name: str) -> str:
    """Not by `mimetypes`, which asks the machine it runs on."""
    return _TYPES.get(Path(name).suffix, "application/octet-stream")


def files(root: Path) -> Iterator[tuple[str, Path]]:
    """The files of the site by their path in it, without those that are not published or link to elsewhere."""
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_file() and is_published(name) and path.resolve().is_relative_to(root.resolve()):
            yield name, path


def is_published(name: str) -> bool:
    """Return whether browsers may have the file: it is neither hidden nor made for the type checker."""
    is_hidden = any(part.startswith(".") for part in name.split("/"))
    return not is_hidden and not name.endswith(_FOR_THE_TYPE_CHECKER)
