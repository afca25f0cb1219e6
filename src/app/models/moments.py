"""Instants, as they are kept and shown: in UTC, with milliseconds."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current time in UTC, cut to milliseconds: the precision kept and shown everywhere."""
    return as_kept(datetime.now(UTC))


def as_kept(moment: datetime) -> datetime:
    """In UTC, cut to milliseconds."""
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and `Z`; these strings sort as the instants do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
