"""Take out of the image's packages what no function reads: `python slim.py PACKAGES CLIENTS`.

`PACKAGES` is the directory that pip has installed into, `CLIENTS` the file that builds the clients: what it builds is
what stays of botocore's data, so a new client needs no second edit. Run while the image is built, by its Python: it
imports nothing of the project.

The metadata of the packages stays: it is how scanners of images know what to warn of.
"""

import ast
import gzip
import json
import shutil
import sys
from pathlib import Path
from typing import Any

_UNUSED = (
    "bin",  # commands of the packages
    "boto3/data",  # boto3's resources: only clients are used
    "boto3/examples",
    "phonenumbers/carrierdata",
    "phonenumbers/geodata",
    "phonenumbers/tzdata",
    "**/test_*.py",
    "**/*.pyi",
)


class SlimError(Exception):
    """The packages are not as this expects them."""


def slim(packages: Path, clients: Path) -> None:
    """Raises:
    SlimError: nothing is known of a service, or no client is built.
    """
    for pattern in _UNUSED:
        for path in list(packages.glob(pattern)):
            _remove(path)
    _keep_services(packages / "botocore" / "data", services(clients))


def services(clients: Path) -> frozenset[str]:
    """The services that `clients` builds clients of, as boto3 names them."""
    calls = [node for node in ast.walk(ast.parse(clients.read_text())) if _builds_client(node)]
    if not calls:
        raise SlimError(f"{clients} builds no client")
    return frozenset(_service(call) for call in calls)


def _builds_client(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "client"


def _service(call: Any) -> str:
    match call.args:
        case [ast.Constant(value=str(name)), *_]:
            return name
    raise SlimError(f"line {call.lineno} builds a client of a service that only running it would tell")


def _keep_services(data: Path, kept: frozenset[str]) -> None:
    if unknown := {name for name in kept if not (data / name).is_dir()}:
        raise SlimError(f"botocore knows no service {', '.join(sorted(unknown))}")
    for directory in (path for path in data.iterdir() if path.is_dir()):
        if directory.name not in kept:
            _remove(directory)
    for examples in list(data.glob("*/*/examples-1.json*")):
        _remove(examples)
    _keep_endpoints(data)


def _keep_endpoints(data: Path) -> None:
    """Parsing the endpoints of all services costs each cold start more than building a client does."""
    kept = {_endpoint_prefix(model) for model in data.glob("*/*/service-2.json.gz")}
    path = data / "endpoints.json"
    endpoints = json.loads(path.read_text())
    for partition in endpoints["partitions"]:
        known = partition["services"]
        partition["services"] = {name: known[name] for name in known if name in kept}
    path.write_text(json.dumps(endpoints, separators=(",", ":")))


def _endpoint_prefix(model: Path) -> str:
    with gzip.open(model) as content:
        prefix: str = json.load(content)["metadata"]["endpointPrefix"]
    return prefix


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


if __name__ == "__main__":
    try:
        slim(Path(sys.argv[1]), Path(sys.argv[2]))
    except SlimError as error:
        sys.exit(f"Error: {error}")
