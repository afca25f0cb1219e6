"""Two tabs of one browser, which share what it keeps."""

from typing import Any

from playwright.sync_api import Page

from support.people import Person
from web.todo_page import CHANGES, TodoPage

_WAIT_FOR_THE_START = """
(action) => {
  const act = (0, eval)(action);
  window.acted = new Promise((resolve) => {
    new BroadcastChannel("start").onmessage = () => resolve(act());
  });
  return import("/app/todos.js").then(({ todos }) => { window.todos = todos; });
}
"""


def at_once(*actions: tuple[TodoPage, str]) -> None:
    """Each tab does what it is to do, without a pause in it, when one message has reached them all."""
    for tab, action in actions:
        tab.page.evaluate(_WAIT_FOR_THE_START, action)
    actions[0][0].page.evaluate("new BroadcastChannel('start').postMessage(null)")
    for tab, _ in actions:
        tab.page.evaluate("acted")


def cut(page: Page) -> None:
    """No tab's changes reach the server any more; pages can still be loaded."""
    page.context.route(CHANGES, lambda route: route.abort("internetdisconnected"))


def mend(page: Page) -> None:
    page.context.unroute(CHANGES)


def stored(person: Person) -> dict[str, dict[str, Any]]:
    """The to-dos that the API has, by title; no two have the same."""
    items = person.request("GET", "/v1/todos?limit=100").json()["items"]
    assert len({todo["title"] for todo in items}) == len(items)
    return {todo["title"]: todo for todo in items}
