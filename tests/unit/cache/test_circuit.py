import logging
from threading import Barrier, Thread

import pytest

from app.cache.circuit import FAILURES, FIRST_PAUSE, LONGEST_PAUSE, Circuit


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def circuit(clock: Clock) -> Circuit:
    return Circuit(clock)


def fail(circuit: Circuit) -> None:
    """As often as it takes to open the circuit, closed or probing."""
    while (permit := circuit.permit()) is not None:
        circuit.failed(permit, "test")


def test_a_closed_circuit_permits_every_call(circuit: Circuit) -> None:
    assert [circuit.permit() is not None for _ in range(3)] == [True] * 3


def test_a_few_failures_in_a_row_open_it_and_a_success_between_them_starts_the_count_again(
    circuit: Circuit,
) -> None:
    states = []
    for succeeds in (False, False, True, False, False, False):
        permit = circuit.permit()
        assert permit is not None
        if succeeds:
            circuit.succeeded(permit)
        else:
            circuit.failed(permit, "test")
        states.append(circuit.permit() is not None)

    assert FAILURES == 3
    assert states == [True] * 5 + [False]


def test_after_failures_nothing_is_permitted_until_the_pause_ends(circuit: Circuit, clock: Clock) -> None:
    fail(circuit)

    assert circuit.permit() is None
    clock.now += FIRST_PAUSE - 0.01
    assert circuit.permit() is None
    clock.now += 0.01
    assert circuit.permit() is not None


def test_one_call_probes_while_the_others_are_still_refused(circuit: Circuit, clock: Clock) -> None:
    fail(circuit)
    clock.now += FIRST_PAUSE

    assert [circuit.permit() is not None for _ in range(3)] == [True, False, False]


def test_a_probe_that_never_reports_is_followed_by_another(circuit: Circuit, clock: Clock) -> None:
    fail(circuit)
    clock.now += FIRST_PAUSE
    assert circuit.permit() is not None

    clock.now += FIRST_PAUSE

    assert circuit.permit() is not None


def test_a_probe_that_succeeds_closes_the_circuit(circuit: Circuit, clock: Clock) -> None:
    fail(circuit)
    clock.now += FIRST_PAUSE
    permit = circuit.permit()
    assert permit is not None

    circuit.succeeded(permit)

    assert [circuit.permit() is not None for _ in range(3)] == [True] * 3


def test_each_probe_that_fails_doubles_the_pause_up_to_a_limit(circuit: Circuit, clock: Clock) -> None:
    pauses = []
    for _ in range(5):
        fail(circuit)  # once it has been open, the one probe decides
        pauses.append(circuit._pause)
        clock.now += circuit._pause

    assert pauses == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]


def test_after_a_recovery_the_first_pause_is_short_again(circuit: Circuit, clock: Clock) -> None:
    for _ in range(3):
        fail(circuit)
        clock.now += circuit._pause
    permit = circuit.permit()
    assert permit is not None
    circuit.succeeded(permit)

    fail(circuit)

    assert circuit._pause == FIRST_PAUSE


def test_calls_that_time_out_together_are_one_failure(circuit: Circuit) -> None:
    """A server that stands still for a moment fails all calls that are under way: that is no outage yet."""
    permits = [circuit.permit() for _ in range(40)]

    for permit in permits:
        assert permit is not None
        circuit.failed(permit, "test")

    assert circuit.permit() is not None
    assert circuit._failures == 1


def test_calls_that_time_out_together_open_the_circuit_once(
    circuit: Circuit, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(FAILURES - 1):
        permit = circuit.permit()
        assert permit is not None
        circuit.failed(permit, "test")
    permits = [circuit.permit() for _ in range(16)]
    together = Barrier(16)

    def report(permit: int | None) -> None:
        together.wait()
        assert permit is not None
        circuit.failed(permit, "test")

    threads = [Thread(target=report, args=(permit,)) for permit in permits]
    with caplog.at_level(logging.WARNING, "app.cache"):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(caplog.records) == 1
    clock.now += FIRST_PAUSE
    assert circuit.permit() is not None


def test_a_call_that_began_before_the_failure_does_not_close_the_circuit(circuit: Circuit) -> None:
    early = circuit.permit()
    assert early is not None
    fail(circuit)

    circuit.succeeded(early)

    assert circuit.permit() is None


def test_a_late_failure_does_not_open_a_circuit_that_has_recovered(circuit: Circuit, clock: Clock) -> None:
    early = circuit.permit()
    assert early is not None
    fail(circuit)
    clock.now += FIRST_PAUSE
    probe = circuit.permit()
    assert probe is not None
    circuit.succeeded(probe)

    circuit.failed(early, "test")

    assert circuit.permit() is not None


def test_a_probe_that_was_overtaken_does_not_open_a_circuit_that_has_recovered(
    circuit: Circuit, clock: Clock
) -> None:
    fail(circuit)
    clock.now += FIRST_PAUSE
    overtaken = circuit.permit()
    clock.now += FIRST_PAUSE
    probe = circuit.permit()
    assert overtaken is not None
    assert probe is not None
    circuit.succeeded(probe)

    circuit.failed(overtaken, "test")

    assert circuit.permit() is not None
