"""Times of GBFS: seconds since 1970 before 3.0, text of RFC 3339 since."""

from datetime import UTC, datetime
from math import isfinite

#: A larger number of seconds is one of milliseconds, which some feeds send.
MAX_SECONDS = 100_000_000_000


def read_timestamp(value: object) -> datetime | None:
    """Return the time that a value stands for; None: it is none. Without an offset it is UTC."""
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 20:
        value = int(value)
    try:
        if type(value) in (int, float):
            return _from_number(float(value))  # type: ignore[arg-type]  # type() narrows nothing
        if isinstance(value, str):
            time = datetime.fromisoformat(value.strip())
            return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):  # such as a 32nd of January, or the year 99999
        pass
    return None


def _from_number(seconds: float) -> datetime | None:
    if not isfinite(seconds) or seconds <= 0:
        return None
    return datetime.fromtimestamp(seconds / (1000 if seconds > MAX_SECONDS else 1), UTC)
