"""A browser's requests to the links it is given, with time for a busy machine."""

from functools import partial

import httpx

get, put, delete = (partial(ask, timeout=60, trust_env=False) for ask in (httpx.get, httpx.put, httpx.delete))
