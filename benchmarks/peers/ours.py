"""This product, as Lambda runs it."""

from app.entrypoints.api import handler

__all__ = ["handler"]
