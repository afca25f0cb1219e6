"""Raw data about people."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class EventOrder:
    """When and where something was said, so that of two things said the later one counts, in whatever order they
    arrive. `sequence` orders what one `source` says; `at`, milliseconds since the epoch, what several say.
    """

    at: int
    source: str
    sequence: str

    def follows(self, other: "EventOrder") -> bool:
        if self.source == other.source:
            return self.sequence > other.sequence
        return (self.at, self.source) > (other.at, other.source)

    def nth(self, number: int) -> "EventOrder":
        """The order of one of several things said at once."""
        return EventOrder(self.at, self.source, f"{self.sequence}#{number:010d}")


@dataclass(frozen=True, slots=True, kw_only=True)
class UserData:
    """Raw data about a person, who may have no account: then `user_id` is `None`. Dates are ISO, `phone` is
    E.164, `country` ISO 3166-1 alpha-2, `locale` BCP 47; `attributes` holds every other column."""

    email: str
    name: str | None = None
    phone: str | None = None
    birth_date: str | None = None
    country: str | None = None
    locale: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    user_id: str | None = None
