"""The environments of the processes, and the file that others read them from."""

import os
from collections.abc import Mapping
from pathlib import Path

from project.paths import SOURCE

REGION = "us-east-1"
_LOCAL_HOSTS = "127.0.0.1,localhost"


def minimal(**variables: str) -> dict[str, str]:
    """For what emulates AWS: nothing of the developer's own environment, since the functions inherit all of it."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "SYSTEMROOT") if name in os.environ}
    return {**kept, "PYTHONPATH": str(SOURCE), "PYTHONUNBUFFERED": "1", **variables}


def own(variables: Mapping[str, str]) -> dict[str, str]:
    """For the API: the developer's environment, without the AWS account and the proxies it may name."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    local = {"NO_PROXY": _LOCAL_HOSTS, "no_proxy": _LOCAL_HOSTS, "PYTHONPATH": str(SOURCE)}
    return {**kept, **nowhere, **local, "PYTHONUNBUFFERED": "1", **variables}


def write(path: Path, variables: Mapping[str, str]) -> None:
    """As `KEY=VALUE` lines, for `uvicorn --env-file` and for `set -a; . FILE`. Replaced in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)  # before the secrets are in it
    new.write_text("".join(f"{name}={value}\n" for name, value in sorted(variables.items())))
    new.replace(path)
