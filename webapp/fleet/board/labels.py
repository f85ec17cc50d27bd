"""What people read on the board."""

from babel.numbers import format_decimal

from webapp.translations import request_language


def format_number(number: int) -> str:
    """Return a whole number with its thousands apart: ``12,345``."""
    return str(format_decimal(number, locale=request_language().locale))
