"""Round trips to Redis."""

from typing import Any

from redis import Redis


class Counted:
    """A client that notes the commands of each round trip."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self.trips: list[str] = []

    def mget(self, *keys: str) -> Any:
        self.trips.append(f"MGET {len(keys)}")
        return self._redis.mget(*keys)

    def eval(self, *args: Any) -> Any:
        self.trips.append("EVAL")
        return self._redis.eval(*args)

    def pipeline(self, *, transaction: bool) -> Any:
        pipe = self._redis.pipeline(transaction=transaction)
        execute = pipe.execute

        def counted() -> Any:
            self.trips.append("+".join(args[0] for args, _ in pipe.command_stack))
            return execute()

        pipe.execute = counted  # type: ignore[method-assign]
        return pipe
