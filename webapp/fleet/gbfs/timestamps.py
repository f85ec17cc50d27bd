"""Times of GBFS: seconds since 1970 before 3.0, text of RFC 3339 since."""

from datetime import UTC, datetime, tzinfo
from math import isfinite

#: A larger number is one of milliseconds, which some feeds send: as seconds it is after year 5000.
MAX_SECONDS = 100_000_000_000


def read_timestamp(value: object) -> datetime | None:
    """Return the time that a value stands for; None: it is none. Without an offset it is UTC."""
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 20:
        value = int(value)
    try:
        if type(value) in (int, float):
            return _from_number(float(value))  # type: ignore[arg-type]  # type() narrows nothing
        if isinstance(value, str):
            return parse_time(value.strip(), UTC)
    except (ValueError, OverflowError, OSError):  # such as a 32nd of January, or the year 99999
        pass
    return None


def _from_number(seconds: float) -> datetime | None:
    return from_posix(seconds) if isfinite(seconds) and seconds > 0 else None


def from_posix(seconds: float) -> datetime:
    """Return the time of a number of seconds since 1970, or of milliseconds.

    Raises ValueError, OverflowError or OSError for numbers that are no time.
    """
    return datetime.fromtimestamp(seconds / 1000 if seconds > MAX_SECONDS else seconds, UTC)


def parse_time(text: str, zone: tzinfo) -> datetime:
    """Return the time of a text of RFC 3339. Without an offset it is in ``zone``.

    Raises ValueError.
    """
    time = datetime.fromisoformat(text)
    return (time if time.tzinfo else time.replace(tzinfo=zone)).astimezone(UTC)
