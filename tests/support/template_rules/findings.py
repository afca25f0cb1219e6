"""The findings of rules."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    rule: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.where}: {self.what}"
