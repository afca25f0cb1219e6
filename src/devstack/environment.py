"""The environments of the processes, and the file that others read them from."""

import os
from collections.abc import Mapping
from pathlib import Path

from project.paths import SOURCE

REGION = "us-east-1"
_LOOPBACK = "127.0.0.1,localhost,::1"
_DIRECT = {"NO_PROXY": _LOOPBACK, "no_proxy": _LOOPBACK}
"""The local stack is not reached through the developer's proxy."""


def minimal(**variables: str) -> dict[str, str]:
    """For what emulates AWS: nothing of the developer's own environment, since the functions inherit all of it."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "SYSTEMROOT") if name in os.environ}
    return {**kept, "PYTHONPATH": str(SOURCE), "PYTHONUNBUFFERED": "1", **variables}


def own(variables: Mapping[str, str]) -> dict[str, str]:
    """For the API: the developer's environment, without the AWS account and the proxies it may name."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    local = {"PYTHONPATH": str(SOURCE)}
    return {**kept, **nowhere, **_DIRECT, **local, "PYTHONUNBUFFERED": "1", **variables}


def given_url(variable: str, env: Mapping[str, str], written: Path) -> str | None:
    """`REDIS_URL` or `DATABASE_URL` of the developer's own server.

    The one that an earlier run wrote to its file, which a shell may have read, names a server that has ended.
    """
    url = env.get(variable) or None
    try:
        own = f"{variable}={url}" in written.read_text().splitlines()
    except OSError:  # there was no run before
        own = False
    return None if own else url


def write(path: Path, variables: Mapping[str, str]) -> None:
    """As `KEY=VALUE` lines, for `uvicorn --env-file` and for `set -a; . FILE`. Replaced in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)  # before the secrets are in it
    new.write_text("".join(f"{name}={value}\n" for name, value in sorted({**_DIRECT, **variables}.items())))
    new.replace(path)
