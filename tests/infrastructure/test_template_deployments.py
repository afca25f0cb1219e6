"""The template with its parameters applied, as the rules and cfn-lint see it."""

from itertools import combinations

import pytest

from support import template
from support.combinations import pairwise
from support.parameters import UnknownParameter, deployments
from support.template_rules.deployment import Forbidden, deployment


def test_every_pair_of_choices_meets_in_few_rows():
    choices = {"a": range(4), "b": range(3), **{f"c{number}": range(2) for number in range(8)}}

    rows = pairwise(choices)

    met = {frozenset(pair) for row in rows for pair in combinations(row.items(), 2)}
    wanted = {
        frozenset({(one, first), (other, second)})
        for one, other in combinations(choices, 2)
        for first in choices[one]
        for second in choices[other]
    }
    assert met == wanted
    assert len(rows) < 20
    assert rows[0] == dict.fromkeys(choices, 0)


def test_a_parameter_without_known_values_is_an_error():
    given = {"Parameters": {"Fresh": {"Type": "String", "Default": ""}}}

    with pytest.raises(UnknownParameter, match="Fresh"):
        deployments(given)


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"CustomDomain": "app.example.com"}, "needs a CertificateArn"),
        ({"Cache": "valkey", "RedisUrl": "rediss://cache.example.com"}, "not both"),
        ({"MonthlyBudget": "50"}, "needs an AlarmEmail"),
        ({"SnapStart": "on", "WarmInstances": "1"}, "not both"),
    ],
)
def test_the_templates_own_rules_are_obeyed(parameters, reason):
    with pytest.raises(Forbidden, match=reason):
        deployment(template.load(), **parameters)


def test_resources_with_a_false_condition_are_absent():
    plain, streaming = (deployment(template.load(), IngestStream=value) for value in ("off", "on"))

    assert streaming.resources.keys() - plain.resources.keys() == {
        name for name in streaming.resources if name.startswith("IngestStream")
    }
    assert "HasIngestStream" in streaming.conditions - plain.conditions


def test_nothing_is_left_to_decide():
    for parameters in ({}, {"Stage": "prod", "Cache": "valkey"}):
        text = str(deployment(template.load(), **parameters).body)

        assert "Fn::If" not in text
        assert "AWS::NoValue" not in text
        assert not any(f"'Ref': '{name}'" in text for name in template.load()["Parameters"])


def test_an_unknown_parameter_is_an_error():
    with pytest.raises(KeyError, match="Nothing"):
        deployment(template.load(), Nothing="x")
