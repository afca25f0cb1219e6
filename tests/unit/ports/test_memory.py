"""The doubles of ports other than storage do what those on AWS do."""

import pytest

from contracts.identity import IdentityContract
from contracts.queues import DeadLettersContract, Waiting
from support.memory import MemoryDeadLetters, MemoryIdentity
from support.memory.identity import CODE


class TestDeadLetters(DeadLettersContract):
    @pytest.fixture
    def dead_letters(self) -> MemoryDeadLetters:
        return MemoryDeadLetters()

    @pytest.fixture
    def dead_letter_writer(self, dead_letters: MemoryDeadLetters) -> MemoryDeadLetters:
        return dead_letters

    @pytest.fixture
    def waiting(self, dead_letters: MemoryDeadLetters) -> Waiting:
        return lambda: [letter.payload for letter in dead_letters.sent]


class TestIdentity(IdentityContract):
    @pytest.fixture
    def identity(self) -> MemoryIdentity:
        return MemoryIdentity()

    @pytest.fixture
    def email(self) -> str:
        return "ada@example.com"

    @pytest.fixture
    def code(self) -> str:
        return CODE
