"""The contracts of the ports: the duties of each implementation, in terms of the port alone.

A class of tests for each Protocol. `storage.py` has them for all of storage: a storage engine runs them by giving the
fixtures `storage` and `todos_with_quota` in a `conftest.py`, beside `from contracts.fixtures import *`. How an engine
does what it does is tested beside the engine (`tests/engines`).
"""
