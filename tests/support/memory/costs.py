from threading import Lock


class MemoryCosts:
    """The `CostRepository` in memory."""

    def __init__(self) -> None:
        self.report: str | None = None
        self.ask_again_at = 0
        self._lock = Lock()

    def read(self) -> str | None:
        return self.report

    def claim(self, *, now: int, until: int) -> bool:
        with self._lock:
            if self.ask_again_at > now:
                return False
            self.ask_again_at = until
            return True

    def keep(self, report: str, *, until: int) -> None:
        self.report, self.ask_again_at = report, until
