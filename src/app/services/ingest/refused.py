"""Why a value, or a whole row, cannot be read."""


class Refused(Exception):
    """The reason is a stable code and quotes nothing. `field` is `None` when it is the whole row."""

    def __init__(self, field: str | None, reason: str) -> None:
        self.field = field
        self.reason = reason
        super().__init__(reason)
