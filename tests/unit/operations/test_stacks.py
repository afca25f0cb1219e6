"""The outcome of a change of a stack, although DescribeStacks may still report the state before it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from operations import stacks

EARLIER, LATER = (datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2))
OLD = ("UPDATE_COMPLETE", EARLIER)


class Answers:
    """CloudFormation that gives these answers one after the other, and then repeats the last one."""

    def __init__(self, *answers: tuple[str, datetime | None] | None) -> None:
        self.left = list(answers)

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        answer = self.left.pop(0) if len(self.left) > 1 else self.left[0]
        if answer is None:
            error = {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}
            raise ClientError({"Error": error}, "DescribeStacks")
        status, changed = answer
        return {"Stacks": [{"StackStatus": status, **({"LastUpdatedTime": changed} if changed else {})}]}


def stack(status: str, changed: datetime | None = None) -> stacks.Stack:
    return stacks.Stack("app", status, "", {}, frozenset(), {}, {}, changed)


@pytest.mark.parametrize(
    ("before", "answers", "status"),
    [
        (None, [("REVIEW_IN_PROGRESS", None)] * 2 + [("CREATE_COMPLETE", EARLIER)], "CREATE_COMPLETE"),
        (None, [("CREATE_IN_PROGRESS", EARLIER), ("CREATE_COMPLETE", EARLIER)], "CREATE_COMPLETE"),
        (
            stack("REVIEW_IN_PROGRESS"),
            [("REVIEW_IN_PROGRESS", None), ("CREATE_COMPLETE", EARLIER)],
            "CREATE_COMPLETE",
        ),
        (
            stack(*OLD),
            [OLD, OLD, ("UPDATE_IN_PROGRESS", LATER), ("UPDATE_COMPLETE", LATER)],
            "UPDATE_COMPLETE",
        ),
        (stack(*OLD), [OLD, ("UPDATE_ROLLBACK_COMPLETE", LATER)], "UPDATE_ROLLBACK_COMPLETE"),
        (stack(*OLD), [("UPDATE_COMPLETE", LATER)], "UPDATE_COMPLETE"),
        (stack("ROLLBACK_COMPLETE"), [("ROLLBACK_COMPLETE", None), ("DELETE_IN_PROGRESS", None), None], None),
        (stack("ROLLBACK_COMPLETE"), [None], None),
    ],
    ids=[
        "a first change set that is still reported",
        "a creation",
        "one that was begun before",
        "an update that is reported late",
        "one that was taken back",
        "one that is over at once",
        "a deletion that is reported late",
        "one that is over at once",
    ],
)
def test_an_answer_from_before_the_change_is_not_believed(before, answers, status):
    cloudformation = Answers(*answers)

    found = stacks.outcome(cloudformation, "app", before, pause=0)

    assert (found and found.status) == status
    assert len(cloudformation.left) == 1  # none was left unheard


def test_in_the_end_it_is_believed_that_nothing_moves():
    assert stacks.outcome(Answers(OLD), "app", stack(*OLD), pause=0) == stack(*OLD)
