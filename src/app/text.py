"""Text as people type it: its stored form, its form for comparison, and whether anything of it can be seen.

`web/app/text.js` does the same in the browser; `tests/support/text_vectors.json` tests both.
"""

import re
import unicodedata

# Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt), white space, control and annotation characters,
# and the empty Braille pattern.
_INVISIBLE = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff]*"
)
_SEPARATORS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# What turns the direction of the text around it (Unicode, UAX 9): embeddings, overrides and isolates.
_DIRECTIONS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_DOTS_ABOVE_I = re.compile("i\u0307+")


def nfc(text: str) -> str:
    """The composed form (NFC), in which text is stored: what looks the same is the same."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def one_line(text: str) -> str:
    """Text that was never checked, as it is safe to store and to show: in NFC, on one line, without control
    characters, and without directions that would make what follows it look like something else."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return nfc(_DIRECTIONS.sub("", _SEPARATORS.sub(" ", text))).strip()


def fold(text: str) -> str:
    """The form in which text is searched, never shown: without case and without compatibility forms.

    NFKC and full case folding, twice, because each undoes the other (Unicode, section 3.13, D146). A dot above `i`
    goes: it is what case folding leaves of the Turkish capital `İ`.
    """
    if text.isascii():
        return text.lower()
    for _ in range(2):
        text = unicodedata.normalize("NFKC", text).casefold()
    return _DOTS_ABOVE_I.sub("i", text)


def occurs(text: str | None, *hays: str) -> bool:
    """Return whether `text` is in one of the others, all folded. `None` is everywhere."""
    if text is None:
        return True
    wanted = fold(text)
    return any(wanted in fold(hay) for hay in hays)


def is_blank(text: str) -> bool:
    """Return whether nothing of the text is visible."""
    return _INVISIBLE.fullmatch(text) is not None
