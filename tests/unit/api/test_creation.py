"""One way to answer a creation that is repeated with its `Idempotency-Key`."""

import pytest
from pydantic import BaseModel

from app.ports.idempotency import KeyClaim
from app.routers.creation import Creation
from app.services.idempotency import Idempotency
from support.memory import MemoryOperations


class Thing(BaseModel):
    id: str


class Maker:
    def __init__(self) -> None:
        self.claims: list[KeyClaim | None] = []

    def __call__(self, claim: KeyClaim | None) -> Thing:
        self.claims.append(claim)
        return Thing(id=f"thing-{len(self.claims)}")


@pytest.fixture
def maker() -> Maker:
    return Maker()


def test_without_a_key_each_request_creates(maker: Maker) -> None:
    creation = Creation("ann", None, Idempotency(MemoryOperations()))

    assert creation.once("POST /things {}", Thing, maker) == (Thing(id="thing-1"), {})
    assert creation.once("POST /things {}", Thing, maker) == (Thing(id="thing-2"), {})
    assert maker.claims == [None, None]


def test_with_a_key_a_repetition_gets_what_the_first_one_made_and_says_so(maker: Maker) -> None:
    creation = Creation("ann", "key", Idempotency(MemoryOperations()))

    assert creation.once("POST /things {}", Thing, maker) == (Thing(id="thing-1"), {})
    replay = {"Idempotency-Replayed": "true"}
    assert creation.once("POST /things {}", Thing, maker) == (Thing(id="thing-1"), replay)
    assert len(maker.claims) == 1
