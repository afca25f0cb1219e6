from datetime import date


class MemoryDownloads:
    """The `DownloadRepository` in memory."""

    def __init__(self) -> None:
        self.bytes: dict[tuple[str, date], int] = {}

    def take(self, user_id: str, day: date, size: int, limit: int) -> bool:
        before = self.bytes.get((user_id, day))
        if before is not None and before > limit - size:
            return False
        self.bytes[user_id, day] = (before or 0) + size
        return True
