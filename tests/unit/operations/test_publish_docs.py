"""Links from the site to the API's documents: as the stack says, or else everywhere but in production."""

import pytest

from operations import publish
from operations.stacks import Stack

OUTPUTS = {"UserPoolId": "pool", "UserPoolSiteClientId": "client"}


@pytest.mark.parametrize(
    ("stage", "asked", "shown"),
    [
        ("prod", "", False),
        ("dev", "", True),
        ("prod", "true", True),
        ("dev", "false", False),
    ],
)
def test_the_stack_has_the_word_and_then_the_stage(stage, asked, shown):
    parameters = {"Stage": stage, "DocsEnabled": asked}
    stack = Stack("s", "CREATE_COMPLETE", "", parameters, frozenset(), OUTPUTS, {})

    assert publish._config(stack, "eu-central-1").docs is shown
