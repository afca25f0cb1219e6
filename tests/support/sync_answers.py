"""What a server has answered to phones, also where the answer was lost: each result is judged by those before."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx

from app.services.history import REMEMBERED

ACCEPTED = frozenset({"applied", "replayed", "merged"})

HadSeen = Callable[[str, str], bool]
"""Whether the owner of the phone that wrote the one value had seen the other."""


class Answers:
    def __init__(self, had_seen: HadSeen) -> None:
        self.stored: set[str] = set()
        """Mutations that the server remembers."""
        self.overtaken: set[str] = set()
        """Those that were made while an answer was on its way: one before may have made versions that they do not
        know of."""
        self._had_seen = had_seen
        self._of_todos: Counter[str] = Counter()

    def take(self, request: httpx.Request, response: httpx.Response) -> None:
        if request.method != "POST" or response.status_code != 200:
            return
        sent = json.loads(request.content)["mutations"]
        forgotten = of(sent, "create") & of(sent, "delete")
        for mutation, result in zip(sent, response.json()["results"], strict=True):
            self._judge(mutation, result)
            if result["result"] in ACCEPTED and mutation["id"] not in forgotten and makes_a_change(mutation):
                self.stored.add(mutation["mutationId"])
                self._of_todos[mutation["id"]] += 1

    def _judge(self, mutation: dict[str, Any], result: dict[str, Any]) -> None:
        verdict, mutation_id = result["result"], mutation["mutationId"]
        if mutation_id in self.stored and self._of_todos[mutation["id"]] < REMEMBERED:
            assert verdict == "replayed"
        is_judged = mutation["op"] == "patch" and mutation_id not in self.overtaken
        if is_judged and result.get("code") == "changed" and "current" in result:
            assert self._is_overlooking(mutation["patch"], result["current"])

    def _is_overlooking(self, patch: dict[str, Any], current: dict[str, Any]) -> bool:
        """Whether a conflict is one: the owner has not seen what is there."""
        return any(name != "tags" and not self._had_seen(patch[name], current[name]) for name in patch)


def of(sent: list[dict[str, Any]], op: str) -> set[str]:
    return {mutation["id"] for mutation in sent if mutation["op"] == op}


def makes_a_change(mutation: dict[str, Any]) -> bool:
    """Values of fields are unique; a tag may be there already, and then nothing is stored."""
    return mutation["op"] != "patch" or bool(mutation["patch"].keys() - {"tags"})
