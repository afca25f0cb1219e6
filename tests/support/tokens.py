"""Tokens that are not what was given out."""


def spoiled(token: str) -> str:
    """Replace the last part's first character, which changes six bits of a JWT's signature."""
    head, dot, last = token.rpartition(".")
    return f"{head}{dot}{'B' if last[0] == 'A' else 'A'}{last[1:]}"
