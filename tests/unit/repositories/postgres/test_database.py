"""Statements and the threads that may wait for them."""

from typing import cast

import pytest

from app.blocking import WouldBlock, forbidden
from app.repositories.postgres.database import Database
from app.repositories.postgres.statements import Statement
from app.repositories.postgres.transport import Transport


def test_no_statement_is_sent_by_the_event_loop_itself() -> None:
    class Silent:
        def run(self, _statement: object, _values: object) -> list[object]:
            raise AssertionError("sent")

    database = Database(cast(Transport, Silent()))

    with forbidden():
        for send in (database.read, database.write):
            with pytest.raises(WouldBlock):
                send(cast(Statement, None))
