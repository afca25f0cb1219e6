"""The read cache: per user, coherent, in Redis, and never in the way. `app.cache.protocol` tells how."""

from app.cache.protocol import Cache

__all__ = ["Cache"]
