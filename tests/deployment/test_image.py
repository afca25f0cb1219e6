"""The contents of the image, which do not depend on the machine that built it."""

import importlib.metadata
import json
import platform
import re
import stat
import subprocess
import sys

import pytest
from packaging.requirements import Requirement

from deployment.image import ROOT
from deployment.runtime import inside
from project.prune_packages import services

MOST_MB = 70


@pytest.fixture(scope="module")
def python(image):
    """Run Python code in the image, as a function runs there; gives what it prints, read as JSON."""

    def run(code: str):
        command = inside(image, "/var/lang/bin/python", "-c", code)
        ran = subprocess.run(command, env=image.environment, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    return run


def test_it_is_small(image, report):
    size = sum(path.lstat().st_size for path in image.task_root.rglob("*") if path.is_file())

    report(f"image: {image.layers[-1] / 1e6:.0f} MB on a base of {sum(image.layers[:-1]) / 1e6:.0f} MB")
    assert size < MOST_MB * 1e6
    assert image.layers[-1] < MOST_MB * 1e6


def test_it_holds_the_application_and_the_locked_packages_only(image):
    packages = {
        (found.name.lower().replace("_", "-"), found.version)
        for found in importlib.metadata.distributions(path=[str(image.task_root)])
    }
    source = {path.relative_to(ROOT / "src/app") for path in (ROOT / "src/app").rglob("*") if is_source(path)}
    held = {
        path.relative_to(image.task_root / "app")
        for path in (image.task_root / "app").rglob("*")
        if is_source(path)
    }

    assert packages == locked()
    assert held == source
    for name in (
        "devstack",
        "tests",
        "support",
        "pip",
        "pytest",
        "moto",
        "uvicorn",
        "requirements",
        "requirements.txt",
        ".env",
    ):
        assert not (image.task_root / name).exists(), name


def is_source(path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def locked() -> set[tuple[str, str]]:
    """The packages of the lock, with their versions, that are for the image's Python."""
    lines = re.findall(r"^[a-z0-9].*?(?= \\$)", (ROOT / "requirements/app.txt").read_text(), re.MULTILINE)
    needed = [Requirement(line) for line in lines]
    here = {"python_version": "3.13", "python_full_version": "3.13.5"}
    return {
        (one.name, str(one.specifier).removeprefix("=="))
        for one in needed
        if one.marker is None or one.marker.evaluate(here)
    }


def test_every_file_of_it_is_the_application_s_or_a_package_s(image):
    installed = {
        image.task_root / file
        for found in importlib.metadata.distributions(path=[str(image.task_root)])
        for file in found.files or ()
    }
    strangers = [
        path
        for path in image.task_root.rglob("*")
        if is_source(path) and path not in installed and not path.is_relative_to(image.task_root / "app")
    ]

    assert strangers == []


def test_every_user_can_read_it_and_none_can_change_it(image):
    for path in [image.task_root, *image.task_root.rglob("*")]:
        mode = path.lstat().st_mode
        assert mode & stat.S_IROTH, path
        assert not mode & (stat.S_IWGRP | stat.S_IWOTH), path
        assert not path.is_dir() or mode & stat.S_IXOTH, path


def test_every_module_is_compiled_and_taken_without_a_look_at_its_source(image):
    for source in image.task_root.rglob("*.py"):
        compiled = source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"
        flags = int.from_bytes(compiled.read_bytes()[4:8], "little")
        assert flags == 0b01, source


def test_the_stale_bytecode_of_a_checkout_stays_out(image):
    assert not list(image.task_root.rglob("stale.*"))


def test_the_locked_boto3_is_used_and_not_that_of_the_base(image, python):
    files = python("import boto3, botocore, json; print(json.dumps([boto3.__file__, botocore.__file__]))")

    assert (image.root / "var/runtime/boto3").is_dir()
    assert all(file.startswith("/var/task/") for file in files)


def test_every_client_can_be_built_in_it(python):
    code = """
import json
from app.aws.clients import Clients
clients = Clients("eu-central-1", None, egress_function="egress")
names = [name for name, member in vars(Clients).items() if hasattr(member, "attrname")]
built = [getattr(clients, name) for name in names]
print(json.dumps([client.meta.service_model.service_name for client in built if hasattr(client, "meta")]))
"""
    assert set(python(code)) == services(ROOT / "src/app/aws/clients.py")


def test_nothing_can_be_written_but_in_tmp(python):
    code = """
import json, os, tempfile
def writable(directory):
    try:
        tempfile.TemporaryFile(dir=directory).close()
    except OSError:
        return False
    return True
print(json.dumps([[writable(path) for path in ("/", "/var/task", "/tmp")], os.getuid() != 0]))
"""
    assert python(code) == [[False, False, True], True]


def test_it_runs_the_api_by_default(image):
    assert image.config["Entrypoint"] == ["/lambda-entrypoint.sh"]
    assert image.config["Cmd"] == ["app.entrypoints.api.handler"]
    assert not image.config.get("User")


@pytest.mark.parametrize("architecture", sorted({"aarch64", "x86_64"} - {platform.machine()}))
def test_it_can_be_built_for_the_other_architecture(architecture, tmp_path):
    """For each package there is a wheel that suits the base's Python and glibc (2.34): nothing has to be compiled."""
    told = tmp_path / "report.json"
    suited = [f"--platform=manylinux_2_{minor}_{architecture}" for minor in (34, 28, 17)]
    suited += ["--implementation=cp", "--python-version=3.13", "--only-binary=:all:"]
    options = ["--require-hashes", "--no-deps", f"--target={tmp_path}", f"--report={told}", "--quiet"]
    install = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", *suited, *options]

    ran = subprocess.run(
        [*install, "-r", ROOT / "requirements/app.txt"], capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr
    found = {
        one["metadata"]["name"].replace("_", "-").lower() for one in json.loads(told.read_text())["install"]
    }
    assert found == {name for name, _ in locked()}
