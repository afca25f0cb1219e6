"""The statistics of the benchmarks, and how results become the page."""

import json
import xml.etree.ElementTree as ET

import pytest

from benchmarks import page
from benchmarks.bench import ROOT, interleaved, medians
from benchmarks.client import Seen, percentile
from benchmarks.goals import GOALS, Goal, median_of, ratio
from benchmarks.messages import take_message
from benchmarks.plots import lines

PAGE = (ROOT / "docs" / "performance.md").read_text()


def load(rate, **others):
    return {
        "rate": rate,
        "p50": 2.0,
        "p99": 9.0,
        "hits": None,
        "statuses": {"200": 10},
        "busy": 0.1,
        **others,
    }


WARM = {
    "ms": {
        "list, not cached": {"A": [4.0, 2.0, 9.0], "B": [5.0], "C": [6.0], "ours": [8.0]},
        "list, cached": {"C": [2.0], "ours": [1.0, 1.0, 7.0]},
    },
    "memory": {"A": 50.0, "B": 60.0, "C": 90.0, "ours": 80.0},
}
UVICORN = {
    "list, cached": {
        "1": {"C": [load(100)], "ours": [load(300, hits=1.0)]},
        "64": {"C": [load(100)], "ours": [load(150, hits=0.98, statuses={"200": 9, "503": 2})]},
    }
}


def run(data, **others):
    made = {
        "date": "2026-11-29",
        "commit": "abc",
        "machine": "2 cores",
        "versions": "Python 3",
        "short": False,
    }
    return {**made, **others, "data": data}


def goal(label):
    return next(one for one in GOALS if one.label == label)


def test_rounds_take_turns():
    order = []

    found = interleaved({name: lambda name=name: order.append(name) or len(order) for name in "ab"}, 2)

    assert order == ["a", "b", "a", "b"]
    assert found == {"a": [1, 3], "b": [2, 4]}


def test_ratios_are_of_medians():
    rounds = {"A": [1.0, 2.0, 90.0], "ours": [6.0, 5.0, 1.0]}

    assert medians(rounds) == {"A": 2.0, "ours": 5.0}
    assert ratio(rounds, "A") == 2.5


def test_a_figure_that_no_round_has_has_no_median():
    assert median_of([load(1), load(3), load(8)], "rate") == 3
    assert median_of([load(1)], "hits") is None


@pytest.mark.parametrize(("share", "expected"), [(0.5, 51), (0.99, 100), (1.0, 100)])
def test_percentiles_are_of_what_was_seen(share, expected):
    assert percentile(list(range(1, 101)), share) == expected


def test_only_answers_within_the_measured_time_count():
    seen = Seen()
    seen.note(b"HTTP/1.1 200 OK\r\nX-Cache: hit", 0.0)
    seen.since = 0.0
    seen.note(b"HTTP/1.1 200 OK\r\nx-cache: miss", 0.0)
    seen.note(b"HTTP/1.1 503 Service Unavailable", 0.0)

    figures = seen.figures(2.0, 0.5)

    assert (figures["rate"], figures["hits"], figures["busy"]) == (1.0, 0.0, 0.25)
    assert figures["statuses"] == {"200": 1, "503": 1}


def test_a_measurement_without_answers_is_an_error():
    with pytest.raises(RuntimeError, match="nothing was answered"):
        Seen().figures(1.0, 0.0)


def test_messages_are_taken_whole_and_one_by_one():
    received = bytearray(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 204 No Content\r\n\r\nHTT")

    assert take_message(received) == (b"HTTP/1.1 200 OK\r\nContent-Length: 2", b"ab")
    assert take_message(received) == (b"HTTP/1.1 204 No Content", b"")
    assert take_message(received) is None
    assert received == b"HTT"


def test_goals_are_limits_in_their_direction():
    assert Goal("less", 2.0, lambda _: 0).is_met(2.0)
    assert not Goal("less", 2.0, lambda _: 0).is_met(2.01)
    assert Goal("more", 2.0, lambda _: 0, at_least=True).is_met(2.0)
    assert not Goal("more", 2.0, lambda _: 0, at_least=True).is_met(1.99)


def test_a_hit_is_compared_with_the_list_of_a():
    assert goal("list, cached, CPU / A's list").figure({"warm": WARM}) == 1.0 / 4.0
    assert goal("list, not cached, CPU / A").figure({"warm": WARM}) == 2.0


def test_load_is_judged_by_its_worst_number_of_connections():
    results = {"uvicorn": UVICORN}

    assert goal("uvicorn, cached list / C, worst of 1 to 256 connections").figure(results) == 1.5
    assert goal("uvicorn, hits, worst of 1 to 256 connections, %").figure(results) == 98.0


def test_a_table_takes_the_place_of_the_last_one_and_prose_stays():
    text = "Before.\n<!-- results: warm -->\nold\n<!-- end -->\nAfter.\n"

    once = page.filled(text, {"warm": run(WARM)})

    assert once == page.filled(once, {"warm": run(WARM)})
    assert once.startswith("Before.\n<!-- results: warm -->\n|  | A | B | C | ours |\n")
    assert once.endswith("<!-- end -->\nAfter.\n")
    assert "| list, not cached | 4.00 (1.00) | 5.00 (1.25) | 6.00 (1.50) | 8.00 (2.00) |" in once
    assert "| list, cached |  |  | 2.00 (0.50) | 1.00 (0.25) |" in once
    assert "old" not in once


def test_rates_are_shown_with_ratio_hits_and_failures():
    shown = page.filled("<!-- results: uvicorn -->\n<!-- end -->", {"uvicorn": run(UVICORN)})

    assert "| list, cached, 64 | 100 | 150 (1.50) | 2.0 / 9 | 2.0 / 9 | 98.0% | 2 |" in shown


def test_goals_say_what_is_met_and_what_was_not_run():
    shown = page.filled("<!-- results: goals -->\n<!-- end -->", {"uvicorn": run(UVICORN)})

    assert "| uvicorn, cached list / C, worst of 1 to 256 connections | 1.5 | ≥ 2 | ≥ 3 | **no** |" in shown
    assert "| cold start, CPU / C |  | ≤ 0.8 |  | not run |" in shown


@pytest.mark.parametrize(("short", "note"), [(True, True), (False, False)])
def test_a_short_run_is_called_one(short, note):
    shown = page.filled("<!-- results: runs -->\n<!-- end -->", {"warm": run(WARM, short=short)})

    assert ("Short runs have few rounds" in shown) is note


def test_a_page_that_asks_for_an_unknown_table_is_an_error():
    with pytest.raises(KeyError):
        page.filled("<!-- results: nonsense -->\n<!-- end -->", {})


def test_a_plot_is_an_image_with_a_line_for_each_series():
    svg = lines("A < B", "connections", ["1", "64"], {"ours": [10.0, 200.0], "C": [1.0, 5.0]})

    root = ET.fromstring(svg)
    assert len(root.findall("{*}polyline")) == 2
    assert root.findtext("{*}title") == "A < B"


def test_the_page_holds_what_the_kept_results_say():
    runs = json.loads((ROOT / "benchmarks" / "results.json").read_text())
    results = {phase: one["data"] for phase, one in runs.items()}

    assert page.filled(PAGE, runs) == PAGE
    for name, svg in page.plots(results).items():
        assert (ROOT / "docs" / name).read_text() == svg
