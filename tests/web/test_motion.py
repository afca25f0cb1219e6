"""Reduced motion: users who ask the system for it get no motion long enough to be seen."""

import pytest
from playwright.sync_api import Page, expect

from web.screens import settled
from web.todo_page import TodoPage

LONGEST = """
() => {
  const milliseconds = (text) => parseFloat(text) * (text.endsWith("ms") ? 1 : 1000);
  const durations = (element, part) => {
    const { animationDuration, transitionDuration } = getComputedStyle(element, part);
    return `${animationDuration}, ${transitionDuration}`.split(", ").map(milliseconds);
  };
  const parts = [null, "::before", "::after"];
  const elements = [...document.querySelectorAll("*")];
  return Math.max(...elements.flatMap((element) => parts.flatMap((part) => durations(element, part))));
}
"""
"""The longest animation or transition of any element, in milliseconds."""


def longest(page: Page) -> float:
    return page.evaluate(LONGEST)


@pytest.mark.parametrize("path", ["/", "/files", "/account", "/mailbox"])
def test_less_motion_is_none(visits, ada, path):
    page = settled(visits.open(path, ada, reduced_motion="reduce"))

    assert longest(page) <= 10


def test_a_dialog_does_not_move_either(visits, ada):
    ada.create_todo(title="Buy milk")
    todos = TodoPage(visits.open(person=ada, reduced_motion="reduce"))

    expect(todos.details("Buy milk")).to_be_visible()

    assert longest(todos.page) <= 10


def test_others_see_some(visits, ada):
    assert longest(settled(visits.open(person=ada, reduced_motion="no-preference"))) > 10
