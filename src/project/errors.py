"""Errors for the terminal, in one line."""


class StackError(Exception):
    """The stack cannot start or go on. The message is one line for the person at the terminal."""
