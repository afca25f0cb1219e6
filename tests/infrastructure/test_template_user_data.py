"""The registry of user data beside `template.yaml`: what the rules of `template_rules.user_data` go by."""

from typing import Any

import pytest

from support import template
from support.template_rules import deployment
from support.template_rules.user_data import KEEP_DATA, every_store_of_user_data_is_registered, registered

TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    },
}


def findings(mark: dict[str, Any]) -> list[str]:
    """What is found of a table that is added with this mark."""
    resources = {**template.load()["Resources"], "Added": {**TABLE, "Metadata": {"UserData": mark}}}
    deployed = deployment({**template.load(), "Resources": resources})
    return [finding.where for finding in every_store_of_user_data_is_registered(deployed)]


def test_every_resource_that_is_registered_is_in_the_template_and_keeps_data():
    resources = template.load()["Resources"]

    assert {resources[name]["Type"] for name in registered()} <= KEEP_DATA


def test_a_table_without_user_data_says_why():
    assert findings({"Free": "It holds the exchange rates."}) == []


@pytest.mark.parametrize(
    "mark",
    [
        {"Free": ""},
        {"Free": "Rates.", "Expires": 1},
        {"Expires": 90, "Reason": "Items have a `ttl`."},
        {"Expires": 90},
        {"Reason": "None."},
        {},
    ],
    ids=str,
)
def test_other_marks_do_not_excuse_a_table(mark):
    assert findings(mark) == ["Added"]
