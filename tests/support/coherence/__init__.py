"""Two API processes over one Valkey and one database, random writers and readers, and things that go wrong.

Used by `tests/e2e/test_cache_coherence.py`, and with more reads and older sources by `benchmarks/coherence.py`.
"""
