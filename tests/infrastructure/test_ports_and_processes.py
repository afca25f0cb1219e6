"""Helpers for tests that start processes: free ports, each given out once, and ids that mean one process."""

import os
import subprocess
import sys

from devstack.ports import _AUTOMATIC
from support.ports import _EACH, _FIRST, _RANGES, free_port
from support.processes import alive, descendants, known


def test_no_port_is_given_twice():
    given = [free_port() for _ in range(50)]

    assert len(set(given)) == len(given)


def test_the_stack_itself_chooses_from_other_ports():
    ours = range(_FIRST, _FIRST + _RANGES * _EACH)

    assert set(ours).isdisjoint(_AUTOMATIC)


def test_a_process_is_distinguished_from_a_later_one_with_its_id():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        (found,) = (pid for pid in descendants(os.getpid()) if pid == child.pid)
        later = known(child.pid)
        later.began = str(int(later.began) + 1)

        assert alive({found}) == alive({child.pid}) == {child.pid}
        assert alive({later}) == set()
    finally:
        child.communicate(b"\n", timeout=60)

    assert alive({found}) == set()
