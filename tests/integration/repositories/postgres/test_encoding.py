"""A database of the developer's own is taken only if it can hold all text."""

import psycopg
import pytest

from devstack import postgres as server
from project.errors import StackError


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_does_not_hold_all_text_is_refused(postgres, encoding):
    name = f"in_{encoding.lower()}"
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0".encode())

    with pytest.raises(StackError, match=f"a database in {encoding}; .* ENCODING 'UTF8'"):
        server.check(postgres.url.rpartition("/")[0] + f"/{name}")


def test_one_in_utf_8_is_taken(postgres):
    server.check(postgres.url)
