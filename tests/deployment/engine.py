"""An engine that SAM builds and pushes images with: Podman, which understands what Docker is asked."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deployment.image import kept
from devstack.processes import Child
from support.processes import wait_until

_SETTINGS = """\
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
static_dir = "{folder}/static"
tmp_dir = "{folder}/run"
volume_path = "{folder}/volumes"
"""
"""`crun` refuses some arrangements of control groups; without systemd there is no journal and no cgroup of a unit."""

_REGISTRY = """\
[[registry]]
location = "{host}"
insecure = true
"""


@contextmanager
def engine(folder: Path, registry: str, proxy: str) -> Iterator[str]:
    """Run Podman with all that it writes under `folder` or gone; gives its address, as `DOCKER_HOST` wants it.

    The images that it builds stand on the stand-in base. What it pushes to the host `registry` goes over `proxy`.
    """
    address = folder / "podman.sock"
    log = folder / "podman.log"
    with kept().apart() as storage, log.open("wb") as output:
        podman = ("podman", "system", "service", "--time=0", f"unix://{address}")
        env = {**_configured(folder, storage, registry), "HTTP_PROXY": proxy, "HTTPS_PROXY": proxy}
        child = Child.start("podman", ["unshare", "--mount", *podman], env=env, output=output)
        try:
            assert wait_until(lambda: child.status is not None or _answers(address), 60), log.read_text()
            assert child.status is None, log.read_text()
            yield f"unix://{address}"
        finally:
            child.stop()


def _configured(folder: Path, storage: Path, registry: str) -> dict[str, str]:
    settings, registries = folder / "containers.conf", folder / "registries.conf"
    settings.write_text(_SETTINGS.format(folder=folder))
    registries.write_text(_REGISTRY.format(host=registry))
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TMPDIR": str(storage.parent),
        "CONTAINERS_CONF": str(settings),
        "CONTAINERS_REGISTRIES_CONF": str(registries),
        "CONTAINERS_STORAGE_CONF": str(storage),
    }


def _answers(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(address)) == 0
