"""A device that follows the feed while others write, on storage whose transactions are whole."""

import threading

from app.ports.storage import Storage
from contracts.feed import Device, Writer, agree
from contracts.fixtures import new_user


class FeedRacesContract:
    def test_a_device_that_reads_while_others_write_misses_nothing(self, storage: Storage) -> None:
        user_id = new_user(storage.users)
        writers = [Writer(storage, user_id) for _ in range(3)]
        device = Device(storage.feed, user_id)
        failures: list[BaseException] = []

        def write(writer: Writer, seed: int) -> None:
            try:
                for step in range(12):
                    writer.act(seed * 7 + step * 5)
            except BaseException as error:  # noqa: BLE001 - shown by the test
                failures.append(error)

        threads = [threading.Thread(target=write, args=(one, n)) for n, one in enumerate(writers)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            device.pull(3)
        for thread in threads:
            thread.join()

        assert failures == []
        union = Writer(storage, user_id)
        union.ids = [todo_id for writer in writers for todo_id in writer.ids]
        agree(storage, union, device)
