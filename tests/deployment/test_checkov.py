"""The template to checkov's rules, which is strict; what is not followed says why, where it is not followed."""

import json
import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from samtranslator.yaml_helper import yaml_parse

from project import paths
from support import template
from support.mistakes import mistakes
from support.template_rules import DEPLOYMENTS, deployment

_LEAST_REASON = 20
"""Characters: `n/a` is no justification."""


@pytest.fixture(scope="module")
def report(checkov) -> dict[str, Any]:
    return results(checkov, paths.TEMPLATE)


@pytest.fixture(scope="module")
def full_report(checkov, tmp_path_factory) -> dict[str, Any]:
    """It passes over what the defaults do not make, so it is shown what the other choices make, too."""
    path = tmp_path_factory.mktemp("checkov") / "template.json"
    choices = {**DEPLOYMENTS["with everything"], "TodosMove": "pending"}
    path.write_text(json.dumps(deployment(template.load(), **choices).body, indent=1))
    return results(checkov, path)


def results(checkov: Path, path: Path) -> dict[str, Any]:
    """No downloads and no account: the rules that the package brings."""
    command = [
        checkov,
        "--file",
        path,
        "--framework",
        "cloudformation",
        "--output",
        "json",
        "--soft-fail",
    ]
    environment = {"PATH": "/usr/bin:/bin", "LOG_LEVEL": "ERROR", "CKV_SKIP_PACKAGE_UPDATE_CHECK": "true"}
    with TemporaryDirectory() as home:
        told = {**environment, "HOME": home}
        ran = subprocess.run(command, capture_output=True, text=True, check=True, env=told)
    report: dict[str, Any] = json.loads(ran.stdout)
    return report


def failed(report: dict[str, Any]) -> set[str]:
    return {
        f"{check['check_id']} {check['resource']}: {check['check_name']}"
        for check in report["results"]["failed_checks"]
    }


def test_the_whole_template_is_read(report, full_report):
    made = deployment(template.load(), **DEPLOYMENTS["with everything"]).resources

    assert report["summary"]["parsing_errors"] == full_report["summary"]["parsing_errors"] == 0
    assert full_report["summary"]["resource_count"] >= len(made)


def test_nothing_is_found(report, full_report):
    assert sorted(failed(report) | failed(full_report)) == []


def test_every_suppression_is_justified_and_needed(report, full_report):
    written = dict(suppressions())

    assert all(len(reason) >= _LEAST_REASON for reason in written.values()), written
    assert set(written) == skipped(report) | skipped(full_report)


def skipped(report: dict[str, Any]) -> set[tuple[str, str]]:
    found = report["results"].get("skipped_checks", [])
    return {(check["resource"].rpartition(".")[2], check["check_id"]) for check in found}


def suppressions():
    for name, resource in template.load()["Resources"].items():
        for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", []):
            yield (name, skip["id"]), skip["comment"]


@pytest.mark.parametrize("mistake", mistakes("checkov"), ids=str)
def test_a_mistake_is_found_under_its_rule(checkov, report, tmp_path, mistake):
    path = tmp_path / "template.yaml"
    path.write_text(
        yaml.safe_dump(json.loads(json.dumps(mistake.in_template(yaml_parse(paths.TEMPLATE.read_text())))))
    )

    found = failed(results(checkov, path)) - failed(report)

    assert {finding.partition(" ")[0] for finding in found} == {mistake.rule}
    assert any(re.search(mistake.finding, finding) for finding in found), found
