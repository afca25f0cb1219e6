"""Just enough of HTTP/1.1 for both ends of a measurement: whole messages with a Content-Length.

A server or client library would take longer than what is measured.
"""

import re

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def take_message(received: bytearray) -> tuple[bytes, bytes] | None:
    """Take the first message, head and body, out of what was received; `None` while it is incomplete."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    length = _LENGTH.search(received, 0, end)
    size = end + 4 + (int(length[1]) if length else 0)
    if len(received) < size:
        return None
    head, body = bytes(received[:end]), bytes(received[end + 4 : size])
    del received[:size]
    return head, body
