"""The clients of the application on what the image keeps of botocore's data."""

import json
import shutil
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import botocore
import pytest
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader

from app import warming
from app.aws.clients import Clients
from project.paths import TEMPLATE
from project.prune_packages import SlimError, services, slim

CLIENTS = TEMPLATE.parent / "src/app/aws/clients.py"
DATA = Path(botocore.__file__).parent / "data"
NAMES = [
    name
    for name, member in vars(Clients).items()
    if isinstance(member, cached_property) and name not in ("redis", "egress")
]
OTHERS = ("ec2", "sns", "sts")
REGIONS = ("us-east-1", "eu-central-1", "cn-north-1")


@pytest.fixture(scope="module")
def slimmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of packages, with as much in it as there is to take away."""
    packages = tmp_path_factory.mktemp("packages")
    data = packages / "botocore/data"
    data.mkdir(parents=True)
    for path in DATA.glob("*.json"):
        shutil.copy(path, data)
    for service in (*services(CLIENTS), *OTHERS):
        shutil.copytree(DATA / service, data / service)
    for unused in (
        "bin/fastapi",
        "phonenumbers/geodata/data0.py",
        "ecdsa/test_keys.py",
        "boto3/data/s3/resources.json",
    ):
        (packages / unused).parent.mkdir(parents=True, exist_ok=True)
        (packages / unused).write_text("")
    for used in ("phonenumbers/data/region_DE.py", "ecdsa/keys.py"):
        (packages / used).parent.mkdir(parents=True, exist_ok=True)
        (packages / used).write_text("")
    slim(packages, CLIENTS)
    return packages


@pytest.fixture
def only(slimmed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore finds only what was kept."""
    monkeypatch.setattr(Loader, "BUILTIN_DATA_PATH", str(slimmed / "botocore/data"))
    monkeypatch.setattr(Loader, "CUSTOMER_DATA_PATH", str(slimmed / "none"))


def described(region: str) -> dict[str, Any]:
    """Of every client what it can do, where it asks, and how it signs."""
    clients = Clients(region, None)
    return {name: description(getattr(clients, name)) for name in NAMES}


def description(client: Any) -> Any:
    methods = client.meta.method_to_api_mapping
    signer = client._request_signer
    return {
        "service": client.meta.service_model.service_name,
        "operations": {
            method: (
                client.meta.service_model.operation_model(operation).metadata,
                client.can_paginate(method),
            )
            for method, operation in methods.items()
        },
        "waiters": client.waiter_names,
        "endpoint": client.meta.endpoint_url,
        "signing": (signer.signing_name, signer.region_name, signer.signature_version),
    }


@pytest.mark.parametrize("region", REGIONS)
def test_every_client_is_the_same_as_on_all_data(region, only, monkeypatch):
    slim_ones = described(region)
    monkeypatch.undo()

    assert slim_ones == described(region)
    assert all(client["operations"] for client in slim_ones.values())


def test_the_kept_services_are_those_of_the_clients(only, slimmed):
    built = {client["service"] for client in described("us-east-1").values()}
    kept = {path.name for path in (slimmed / "botocore/data").iterdir() if path.is_dir()}

    assert services(CLIENTS) == built == kept


@pytest.mark.parametrize("service", OTHERS)
def test_other_services_are_gone(service, only):
    with pytest.raises(UnknownServiceError):
        boto3.session.Session(region_name="us-east-1").client(service)


def test_endpoints_of_other_services_are_gone_and_no_partition(slimmed):
    full, kept = (
        {one["partition"]: one for one in json.loads((data / "endpoints.json").read_text())["partitions"]}
        for data in (DATA, slimmed / "botocore/data")
    )

    assert kept.keys() == full.keys()
    assert all(kept[name]["services"].items() <= full[name]["services"].items() for name in full)
    assert all(kept[name]["regions"] == full[name]["regions"] for name in full)
    assert {"dynamodb", "email", "monitoring"} <= kept["aws"]["services"].keys()
    assert "ec2" not in kept["aws"]["services"]


def test_of_the_packages_only_what_is_unused_goes(slimmed):
    left = {
        path.relative_to(slimmed).as_posix() for path in slimmed.rglob("*.*") if "botocore" not in path.parts
    }

    assert left == {"phonenumbers/data/region_DE.py", "ecdsa/keys.py"}
    assert not (slimmed / "bin").exists()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("x = 1", "builds no client"),
        ("session.client(name)", "line 1 builds a client"),
        ("session.client(service_name='s3')", "line 1 builds a client"),
        ("session.client('s4')", "no service s4"),
    ],
)
def test_clients_that_it_cannot_understand_fail_the_build(tmp_path, source, reason):
    (tmp_path / "botocore/data/s3").mkdir(parents=True)
    clients = tmp_path / "clients.py"
    clients.write_text(source)

    with pytest.raises(SlimError, match=reason):
        slim(tmp_path, clients)

    assert (tmp_path / "botocore/data/s3").exists()


def test_what_is_loaded_before_a_snapshot_is_kept():
    assert services(CLIENTS) >= {*warming._SERVICES}
