"""Reading values whose type says how they are written. The functions raise ValueError."""

import re
from collections.abc import Mapping


def read_boolean(text: str) -> bool:
    """Read a boolean."""
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("0", "false", "no", "off"):
        return False
    raise ValueError("it must be yes or no")


def read_names(text: str) -> tuple[str, ...]:
    """Read names, separated by commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def read_positive_integer(text: str) -> int:
    """Read a positive whole number."""
    if not text.isdecimal() or int(text) < 1:
        raise ValueError("it must be a whole number, 1 or more")
    return int(text)


def read_integer(text: str) -> int:
    """Read a whole number, which may be 0."""
    return 0 if text == "0" else read_positive_integer(text)


def read_positive_number(text: str) -> float:
    """Read a positive number, such as a duration in seconds."""
    if not re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII) or float(text) == 0:
        raise ValueError("it must be a number, more than 0")
    return float(text)


def read_number(text: str) -> float:
    """Read a number, which may be 0."""
    return 0.0 if text == "0" else read_positive_number(text)


def read_pair(text: str) -> tuple[int, int]:
    """Read two numbers: attempts and seconds, or two durations."""
    try:
        first, second = (read_positive_integer(part.strip()) for part in text.split(","))
    except ValueError:
        raise ValueError("it must be two whole numbers, such as 10,900") from None
    return first, second


def read_numbers(text: str, defaults: Mapping[str, int]) -> dict[str, int]:
    """Read numbers with names, such as ``events=400,photos=180``. Those that are not named keep
    their values. Where one is for all others, without a name, other names may be added."""
    values = dict(defaults)
    for part in read_names(text):
        name, _, number = (each.strip() for each in part.partition("="))
        if name not in defaults and "" not in defaults:
            raise ValueError(f"there is no {name}, only {', '.join(defaults)}")
        try:
            values[name] = read_positive_integer(number)
        except ValueError:
            raise ValueError(f"{name} must be a whole number, 1 or more") from None
    return values
