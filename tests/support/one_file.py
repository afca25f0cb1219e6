"""The records of a user who has one file at most."""

from collections.abc import Callable

from app.models.files import File, Quota
from app.models.users import User
from app.ports.files import QuotaExceeded
from support.memory import MemoryFiles, MemoryUsers

USER_ID = "u"


class OneFile(MemoryFiles):
    """`meanwhile` is what others do just before the next write; `full`: nothing fits any more."""

    def __init__(self, file: File | None) -> None:
        super().__init__(MemoryUsers())
        self.users.create(User(id=USER_ID, email="u@example.com"))
        self.meanwhile: Callable[[], None] = lambda: None
        self.full = False
        self.file = file

    @property
    def file(self) -> File | None:
        return next(self.every(USER_ID), None)

    @file.setter
    def file(self, file: File | None) -> None:
        self.rows = {} if file is None else {(USER_ID, file.id): file}

    def reserve(self, user_id: str, file: File, quota: Quota) -> None:
        if self.full:
            raise QuotaExceeded
        super().reserve(user_id, file, quota)

    def settle(self, user_id: str, current: File, settled: File) -> bool:
        self.meanwhile()
        return super().settle(user_id, current, settled)

    def remove(self, user_id: str, current: File) -> bool:
        self.meanwhile()
        return super().remove(user_id, current)
