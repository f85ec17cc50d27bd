"""What people read on the board."""

from babel.numbers import format_decimal

from webapp.fleet.alerts.queries import MOST_COUNTED
from webapp.translations import request_language


def format_number(number: int) -> str:
    """Return a whole number with its thousands apart: ``12,345``."""
    return str(format_decimal(number, locale=request_language().locale))


def format_alert_number(number: int) -> str:
    """Return how many an alert is about: ``5,000+`` if it was not counted further."""
    is_more = number > MOST_COUNTED
    return f"{format_number(MOST_COUNTED)}+" if is_more else format_number(number)
