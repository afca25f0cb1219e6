"""A TCP relay that delays some replies: `python -m support.coherence.relay PORT TARGET_PORT`.

A process of its own, so that a busy test does not delay what it must not. Reads commands from standard input, a line
each: `every N` delays each Nth reply by 100 ms from then on, `once` the next one, `never` none.
"""

import asyncio
import sys
from itertools import count

HOST = "127.0.0.1"
DELAY_S = 0.1


class Relay:
    def __init__(self, target: int) -> None:
        self._target = target
        self._every = 0
        self._once = False
        self._replies = count(1)

    async def serve(self, port: int) -> None:
        server = await asyncio.start_server(self._accept, HOST, port)
        print("ready", flush=True)  # noqa: T201
        async with server:
            await self._obey()

    async def _obey(self) -> None:
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            command, *argument = line.split()
            self._every = int(argument[0]) if command == "every" else 0
            self._once = command == "once"

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            theirs, ours = await asyncio.open_connection(HOST, self._target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(
            self._copy(reader, ours, delayed=False), self._copy(theirs, writer, delayed=True)
        )

    async def _copy(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, delayed: bool) -> None:
        try:
            while data := await source.read(65536):
                if delayed and self._is_late():
                    await asyncio.sleep(DELAY_S)
                sink.write(data)
                await sink.drain()
        except OSError:
            pass  # one end is gone: so is the other
        finally:
            sink.close()

    def _is_late(self) -> bool:
        once, self._once = self._once, False
        return once or (self._every > 0 and next(self._replies) % self._every == 0)


if __name__ == "__main__":
    asyncio.run(Relay(int(sys.argv[2])).serve(int(sys.argv[1])))
