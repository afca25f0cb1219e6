"""Expressions of the embedded DynamoDB are parsed once. In a process of its own: parts of MiniStack are replaced."""

import json
import subprocess
import sys

PROGRAM = """
import json
from ministack.services import dynamodb

parsed = []
check = dynamodb._condition_syntax_error
dynamodb._condition_syntax_error = lambda *given: (parsed.append(given), check(*given))[1]

from devstack.emulator import expressions

expressions.install()
values, names = {":u": {"S": "ada"}, ":n": {"N": "5"}}, {"#u": "userId"}
items = [{"userId": {"S": "ada"}, "n": {"N": str(n)}} for n in range(100)]


def holding(expression, slot):
    return sum(dynamodb._evaluate_condition(expression, item, values, names, slot=slot) for item in items)


filtered = holding("n < :n", "FilterExpression")
keyed = holding("#u = :u", "KeyConditionExpression")
ranged = holding("#u = :u AND n < :n", "KeyConditionExpression")
evaluated = len(parsed)
try:
    dynamodb._evaluate_condition("n < ", items[0], values, names)
    error = None
except ValueError as raised:
    error = str(raised)
print(json.dumps([filtered, keyed, ranged, evaluated, error]))
"""


def test_an_expression_is_parsed_once_and_means_what_it_did():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    *counts, error = json.loads(done.stdout)

    assert counts == [5, 100, 5, 2]
    assert "Syntax error" in error
