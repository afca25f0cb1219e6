"""Ports for the servers that tests start.

Between the moment at which a port is found free and the moment at which its server listens, another process may find
the same one. So no port is given out twice, each process of pytest-xdist has a range of its own, and none of these
is where `make run` looks for its Valkey.
"""

import itertools
import os
import random

from devstack import ports

_FIRST, _EACH, _RANGES = 10_000, 600, 16
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _RANGES
_OURS = range(_FIRST + _WORKER * _EACH, _FIRST + (_WORKER + 1) * _EACH)
_candidates = itertools.cycle(random.SystemRandom().sample(_OURS, _EACH))


def free_port() -> int:
    return next(port for port in _candidates if ports.free_port(port) == port)
