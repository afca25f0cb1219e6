"""DynamoDB's expressions, parsed once and not again for each item.

MiniStack parses and checks an expression for every item that it evaluates, which makes a filter over ten thousand
to-dos take 20 s. What depends on the text alone is remembered here.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ministack.services import dynamodb

_REMEMBERED = 1024
"""Expressions. The application has some dozens."""

Tokens = list[tuple[str, str]]


def install() -> None:
    """Replace the functions, which MiniStack looks up by name."""
    dynamodb._condition_syntax_error = lru_cache(_REMEMBERED)(dynamodb._condition_syntax_error)
    dynamodb._tokenize = _copied(lru_cache(_REMEMBERED)(dynamodb._tokenize))
    for name in ("_check_redundant_parens", "_check_reserved_keyword_usage"):
        setattr(dynamodb, name, _by_tokens(getattr(dynamodb, name)))
    dynamodb._evaluate_condition = _without_partitions(dynamodb._evaluate_condition)


def _copied(tokenize: Callable[[str], Tokens]) -> Callable[[str], Tokens]:
    return lambda expression: list(tokenize(expression))


def _by_tokens(check: Callable[..., Any]) -> Callable[..., Any]:
    remembered = lru_cache(_REMEMBERED)(check)
    return lambda tokens, *others: remembered(tuple(tokens), *others)


def _without_partitions(evaluate: Callable[..., Any]) -> Callable[..., Any]:
    """A query looks for its items in the partition that it names, so a condition on that alone holds for all."""

    def evaluating(
        expression: str, item: Any, values: Any, names: Any, slot: str = "ConditionExpression"
    ) -> Any:
        if slot == "KeyConditionExpression" and _names_a_partition(expression):
            return True
        return evaluate(expression, item, values, names, slot=slot)

    return evaluating


@lru_cache(_REMEMBERED)
def _names_a_partition(expression: str) -> bool:
    """A key condition without a sort key: `name = :value`."""
    kinds = [kind for kind, _ in dynamodb._tokenize(expression)]
    return kinds in (["NAME_REF", "EQ", "VALUE_REF", "EOF"], ["IDENT", "EQ", "VALUE_REF", "EOF"])
