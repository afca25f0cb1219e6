"""Tokens that are not what was given out."""


def spoiled(token: str) -> str:
    """Its last part, which is a JWT's signature, begins with another character: six other bits, whatever it was."""
    head, dot, last = token.rpartition(".")
    return f"{head}{dot}{'B' if last[0] == 'A' else 'A'}{last[1:]}"
