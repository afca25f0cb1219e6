"""The rules that `template.yaml` follows, and that each of them finds the mistake it is there for."""

import re

import pytest

from project import paths
from support import template
from support.mistakes import DoesNotApply, Mistake, mistakes
from support.template_rules import DEPLOYMENTS, RULES, check
from support.template_rules.text import no_yaml_alias


@pytest.mark.parametrize("parameters", DEPLOYMENTS.values(), ids=DEPLOYMENTS)
def test_the_template_follows_every_rule(parameters):
    assert [str(finding) for finding in check(template.load(), **parameters)] == []


def test_the_file_holds_no_yaml_alias():
    assert list(no_yaml_alias(paths.TEMPLATE.read_text())) == []


@pytest.mark.parametrize("mistake", mistakes("rules"), ids=str)
def test_a_mistake_is_found_by_its_rule_and_by_no_other(mistake):
    clean = set(check(template.load(), **mistake.parameters))

    found = set(check(mistake.in_template(template.load()), **mistake.parameters)) - clean

    assert {finding.rule for finding in found} == {mistake.rule}
    assert any(re.search(mistake.finding, str(finding)) for finding in found), found


@pytest.mark.parametrize("mistake", mistakes("text"), ids=str)
def test_a_mistake_of_writing_is_found(mistake):
    written = f"{paths.TEMPLATE.read_text()}\n{mistake.append}"

    (first, *_) = [str(finding) for finding in no_yaml_alias(written)]

    assert re.search(mistake.finding, first)


def test_every_rule_has_a_mistake_that_proves_it_can_fail():
    rules = {rule.__name__ for rule in RULES} | {no_yaml_alias.__name__}

    assert {mistake.rule for mistake in mistakes("rules", "text")} == rules


@pytest.mark.parametrize(
    "step",
    [
        {"set": "Resources/Nothing/Type", "value": "x"},
        {"set": "Resources/EmailQueue/Nothing", "value": "x"},
        {"set": "Resources/EmailQueue/Type", "value": "AWS::SQS::Queue"},
        {"add": "Resources/EmailQueue", "value": {}},
        {"remove": "Resources/Nothing"},
        {"remove": "Resources/ApiRole/Properties/Policies/[PolicyName=nothing]"},
        {"remove": "Resources/ApiRole/Properties/Policies/7/PolicyName"},
    ],
    ids=str,
)
def test_a_mistake_that_cannot_be_made_any_more_is_an_error(step):
    mistake = Mistake("any", "", "rules", "", "", patch=(step,))

    with pytest.raises(DoesNotApply):
        mistake.in_template(template.load())
