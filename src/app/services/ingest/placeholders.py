"""Values that stand for "none"."""

import re

_WORDS = frozenset(
    {
        "",
        "-",
        "--",
        "---",
        "\u2013",
        "\u2014",
        "n/a",
        "#n/a",
        "n\\a",
        "n.a.",
        "n.a",
        "n-a",
        "na",
        "n/a.",
        "nan",
        "nil",
    }
    | {"null", "none", "unknown", "undefined", "not available", "not applicable"}
)
_ZERO_DATE = r"0{1,4}([-/.])0{1,2}\1(?:0{4}|0{1,2})(?:[ T]0?0:00(?::00)?)?"
_LONGEST = 19
_FIRST = frozenset(character for word in _WORDS for character in (word[:1], word[:1].upper())) | set("([<0")
# Real names among the words above: Jennifer Null, Na Li.
_NOT_IN_A_NAME = frozenset({"-", "--", "---", "\u2013", "\u2014", "n/a", "#n/a", "n.a."})


def is_placeholder(text: str) -> bool:
    """Return whether a value means that there is none: "-", a spelling of N/A, NULL, none, unknown, a date of
    zeros."""
    if len(text) > _LONGEST or text[:1] not in _FIRST:
        return False
    word = text.casefold()
    return (
        word in _WORDS
        or _is_bracketed(word)
        or (word[:1] == "0" and re.fullmatch(_ZERO_DATE, word) is not None)
    )


def is_no_part_of_a_name(text: str) -> bool:
    """Like `is_placeholder`, for a first or a last name, which may be Null or Na."""
    return text.casefold() in _NOT_IN_A_NAME


def _is_bracketed(word: str) -> bool:
    return word[:1] in "([<" and word[-1:] in ")]>" and word[1:-1].strip() in _WORDS
