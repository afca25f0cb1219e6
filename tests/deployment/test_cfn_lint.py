"""The template as SAM transforms it, with every value of each parameter, against CloudFormation's schemas."""

import json
import re
from typing import Any

import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from support import template
from support.mistakes import mistakes
from support.parameters import deployments
from support.template_rules import Deployment, check, deployment

REGIONS = ("us-east-1", "us-west-2", "eu-central-1", "eu-west-1", "ap-southeast-2", "ap-northeast-1")
COMBINATIONS = deployments(template.load())


def findings(deployed: Deployment) -> list[str]:
    found = lint(json.dumps(deployed.body), config=ManualArgs(regions=list(REGIONS)))
    return [f"{finding.rule.id} {finding.message}" for finding in found]


def named(parameters: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in parameters.items()) or "defaults"


@pytest.mark.parametrize(
    ("number", "parameters"),
    list(enumerate(COMBINATIONS)),
    ids=[named(parameters) for parameters in COMBINATIONS],
)
def test_it_is_valid_and_follows_the_rules_with_every_pair_of_values(number, parameters):
    deployed = deployment(template.load(), REGIONS[number % len(REGIONS)], **parameters)

    assert findings(deployed) == []
    assert [str(finding) for finding in check(template.load(), **parameters)] == []


def test_every_value_of_each_parameter_is_tried():
    for name, declared in template.load()["Parameters"].items():
        tried = {parameters.get(name, declared["Default"]) for parameters in COMBINATIONS}
        assert tried >= set(declared.get("AllowedValues", [])), name
        assert len(tried) > 1, name


@pytest.mark.parametrize("mistake", mistakes("cfn-lint"), ids=str)
def test_a_mistake_is_found_under_its_rule(mistake):
    clean = lint_of(template.load(), mistake.parameters)

    found = lint_of(mistake.in_template(template.load()), mistake.parameters)

    assert {finding.partition(" ")[0] for finding in set(found) - set(clean)} == {mistake.rule}
    assert any(re.search(mistake.finding, finding) for finding in found), found


def lint_of(given: dict[str, Any], parameters: dict[str, str]) -> list[str]:
    return findings(deployment(given, **parameters))
