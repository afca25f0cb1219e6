"""Notes which calls are made in the name of a role, for the check that a role allows these and no others.

MiniStack decides on every call at one place, with the action and the resource that AWS would look at: it knows that a
transaction is its items, and that a deletion of many objects is one of each.
"""

import json
import threading
from pathlib import Path
from typing import Any

from ministack.core import iam_evaluator


def install(path: Path) -> None:
    """Add each call once to the file, one JSON object a line. MiniStack looks up by name what decides on a call."""
    enforce, lock = iam_evaluator.enforce, threading.Lock()
    seen: set[tuple[str, ...]] = set()

    def noting(
        access_key: str, action: str, service: str, region: str, resource_arn: str = "*", **more: Any
    ) -> Any:
        denied = enforce(access_key, action, service, region, resource_arn=resource_arn, **more)
        call = (_role(access_key), action, resource_arn, "denied" if denied else "allowed")
        with lock:
            if call[0] and call not in seen:
                seen.add(call)
                _append(path, call)
        return denied

    iam_evaluator.enforce = noting


def _role(access_key: str) -> str:
    """Its name; empty when the caller is no role."""
    caller = iam_evaluator.resolve_caller_identity(access_key) or {}
    kind, _, rest = caller.get("userArn", "").partition(":assumed-role/")
    return rest.partition("/")[0] if kind else ""


def _append(path: Path, call: tuple[str, ...]) -> None:
    entry = dict(zip(("role", "action", "resource", "decision"), call, strict=True))
    with path.open("a") as file:  # several emulators may add to it
        file.write(json.dumps(entry) + "\n")
