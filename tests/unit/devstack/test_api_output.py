"""The output of the API, which is kept in its log and shown."""

import io
import socket

from devstack.api import Api
from devstack.state import State


def test_output_is_read_to_its_end_though_the_log_cannot_be_written(tmp_path, capsys):
    with socket.socket() as listener, open("/dev/full", "wb", buffering=0) as full:
        api = Api([listener], State(tmp_path), lock=0)
        api.echo = True
        api._copy(io.BytesIO(b"one\ntwo\n"), full)

    assert capsys.readouterr().out == "one\ntwo\n"
