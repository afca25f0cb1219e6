"""docs/operations.md documents all parameters, outputs, alarms, commands and costs."""

import json
import re
import runpy
from typing import Any

import pytest

from support.launch import ROOT
from support.template import command, deployed, functions, load
from support.template_rules import DEPLOYMENTS

TEMPLATE = load()
PAGE = (ROOT / "docs" / "operations.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
DOCUMENTS = [
    *(
        ROOT / name
        for name in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md", "benchmarks/prices.md")
    ),
    *sorted((ROOT / "docs").rglob("*.md")),
]


def section(title: str) -> str:
    found = re.search(rf"^## {title}$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"there is no section {title}"
    return found[1]


def alarm_names() -> list[str]:
    """Without the stack's name."""
    return [
        resource["Properties"]["AlarmName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
        for resource in TEMPLATE["Resources"].values()
        if resource["Type"] in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
    ]


@pytest.mark.parametrize("name", TEMPLATE["Parameters"])
def test_every_parameter_is_explained_with_its_default(name):
    row = re.search(rf"^\|[^|]*`{name}`[^|]*\|([^|]*)\|", section("Parameters"), re.MULTILINE)
    default = str(TEMPLATE["Parameters"][name].get("Default", ""))

    assert row, f"{name} has no row"
    assert row[1].strip().strip("`") == default


def test_no_parameter_is_made_up():
    rows = re.findall(r"^\|([^|]*)\|", section("Parameters"), re.MULTILINE)
    told = {name for cell in rows for name in re.findall(r"`(\w+)`", cell)}

    assert told == set(TEMPLATE["Parameters"])


def test_every_output_is_documented():
    told = set(re.findall(r"`(\w+)`", section("First deployment").partition("Stack outputs")[2]))

    assert told - {"make"} >= set(TEMPLATE["Outputs"])


def test_every_alarm_has_its_line_in_the_runbook():
    told = re.findall(r"^\| `([\w-]+)` \|", section("Alarms"), re.MULTILINE)

    assert sorted(told) == sorted(alarm_names())


def test_every_function_is_in_the_diagram():
    page = (ROOT / "docs" / "architecture.md").read_text()

    for function in functions().values():
        module = command(function).split(".")[-2]
        assert re.search(rf"\[{module}\b", page), module


@pytest.fixture
def costs(monkeypatch) -> dict[str, Any]:
    """The names of `costs.py` and of its workload."""
    benchmarks = ROOT / "benchmarks"
    monkeypatch.syspath_prepend(benchmarks)  # where the script finds its prices
    return {**runpy.run_path(str(benchmarks / "workload.py")), **runpy.run_path(str(benchmarks / "costs.py"))}


def of_type(kind: str, *conditions: str | None) -> dict[str, dict[str, Any]]:
    """The properties of what the template has of it, where it stands under one of the conditions."""
    return {
        name: resource.get("Properties", {})
        for name, resource in TEMPLATE["Resources"].items()
        if resource["Type"] == f"AWS::{kind}" and (not conditions or resource.get("Condition") in conditions)
    }


def test_the_costs_count_every_alarm_and_every_table(costs):
    """None has a condition that they do not know."""
    counted = ("ALARMS", "AUTHORIZER_ALARMS", "CACHE_ALARMS", "DATABASE_ALARMS", "STREAM_ALARMS")

    assert sum(costs[name] for name in counted) == len(of_type("CloudWatch::Alarm"))
    assert costs["TABLES"] == len(of_type("DynamoDB::Table", None))
    assert not of_type("CloudWatch::CompositeAlarm"), "which cost more"


def test_the_costs_count_the_alarms_of_auto_scaling(costs):
    """Which AWS makes: four for each policy of a table or index, and two for that of the function."""
    scaled = of_type("ApplicationAutoScaling::ScalableTarget", "IsProvisioned").values()

    assert len(of_type("ApplicationAutoScaling::ScalingPolicy", "IsProvisioned")) == len(scaled)
    assert len(of_type("ApplicationAutoScaling::ScalingPolicy", "HasWarmInstances")) == 1


def test_provisioned_tables_are_free_at_rest(costs):
    scaled = of_type("ApplicationAutoScaling::ScalableTarget", "IsProvisioned").values()
    units = {"Read": 0, "Write": 0}
    for one in scaled:
        assert one["MinCapacity"] == costs["CAPACITY"]
        kind = "Read" if "Read" in one["ScalableDimension"] else "Write"
        units[kind] += one["MinCapacity"] * costs["HOURS"]

    assert units["Read"] <= costs["PRICES"]["read capacity"].free
    assert units["Write"] <= costs["PRICES"]["write capacity"].free


def test_the_costs_count_the_application_s_metrics(costs):
    sources = [path.read_text() for path in (ROOT / "src" / "app").rglob("*.py")]
    counted = {name for text in sources for name in re.findall(r'\bcounted\(\s*"(\w+)"', text)}

    assert f"{len(counted)} metrics of its own" in costs["ASSUMPTIONS"]
    assert costs["METRICS"] == len(counted) + 2  # SES's bounces and complaints


def test_the_dashboard_is_free(costs):
    """AWS gives three of them, of 50 metrics each."""
    bodies = [one["DashboardBody"]["Fn::Sub"] for one in of_type("CloudWatch::Dashboard").values()]

    assert 0 < len(bodies) <= 3
    for body in bodies:
        widgets = json.loads(body)["widgets"]
        assert 0 < sum(len(one["properties"].get("metrics", [])) for one in widgets) <= 50


def test_the_costs_are_those_that_are_computed(costs):
    for page, parts in costs["documented"]().items():
        text = (ROOT / page).read_text()
        for part in parts:
            assert part in text, f"run `python benchmarks/costs.py` and copy to {page} what it says"


def test_a_default_stack_costs_next_to_nothing_at_rest(costs):
    assert costs["at_rest"]() < 3.5


def test_every_price_names_its_source(costs):
    read = {name: {key.partition("/")[0] for key in price.seen} for name, price in costs["PRICES"].items()}

    assert all(read.values())
    assert set().union(*read.values()) == set(costs["SOURCES"])


def test_every_limit_names_its_source():
    rows = re.findall(r"^\| (.+) \|$", section("Limits"), re.MULTILINE)[1:]
    assert len(rows) > 15
    for row in rows:
        _, _, _, _, source = row.split(" | ")
        assert "](https://" in source or "`template.yaml`" in source, row


def test_the_limits_count_the_resources_of_a_stack():
    default, everything = deployed().resources, deployed(**DEPLOYMENTS["with everything"]).resources
    told = f"{len(default)} in a default stack, {len(everything)} with everything on"

    assert told in section("Limits")
    # which is everything but what stands in for another
    assert TEMPLATE["Resources"].keys() - everything.keys() == {"JwtAuthorizer", "TodosTable"}


def test_the_throttle_is_the_template_s():
    stage = TEMPLATE["Resources"]["HttpApiStage"]["Properties"]["DefaultRouteSettings"]
    told = f"{stage['ThrottlingRateLimit']} requests a second, bursts of {stage['ThrottlingBurstLimit']}"

    assert told in section("Limits")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_that_is_named_exists(document):
    text = document.read_text()
    code = [*re.findall(r"`([^`\n]+)`", text), *re.findall(r"```sh\n(.*?)```", text, re.DOTALL)]
    named = set(re.findall(r"\bmake ([a-z][a-z-]+)", "\n".join(code)))

    assert named <= TARGETS, f"no target {named - TARGETS}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_within_the_project_leads_somewhere(document):
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", document.read_text()):
        path, _, anchor = target.partition("#")
        linked = (document.parent / path).resolve() if path else document
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked.read_text()), target


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
