"""File names: which are taken, and how a download is called."""

import unicodedata
from urllib.parse import quote

MAX_NAME_BYTES = 255
"""What file systems bear, in UTF-8."""

_SHOWN_SAFELY = frozenset(
    {
        "application/pdf",
        "application/zip",
        "image/avif",
        "image/gif",
        "image/heic",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/csv",
        "text/plain",
    }
)
_SAFE_GROUPS = ("audio/", "font/", "video/")
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BYTES = "application/octet-stream"


def fault_of(name: str) -> str | None:
    """The code of the error that keeps `name` from being accepted."""
    if len(name.encode()) > MAX_NAME_BYTES:
        return "too_long"
    if name in {".", ".."} or "/" in name or "\\" in name:
        return "path"
    if any(_is_deceptive(character) for character in name):
        return "control_character"
    return None


def _is_deceptive(character: str) -> bool:
    """Characters that end a line or a text, or change the direction in which the name is read."""
    return character in _BIDI_CONTROLS or unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}


def attachment(name: str) -> str:
    """`Content-Disposition` of a download (RFC 6266), with a name for clients that know ASCII only. It has no `$`:
    it is a field of the upload's form, where S3 puts something in its place."""
    plain = "".join(c if " " <= c <= "~" and c not in '"\\%$' else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def served_type(content_type: str) -> str:
    """The type that a download has: what a browser might run, such as HTML and SVG, is only bytes."""
    essence = content_type.partition(";")[0].strip().lower()
    return content_type if essence in _SHOWN_SAFELY or essence.startswith(_SAFE_GROUPS) else _BYTES
