"""The one module that knows the library ``phonenumbers``.

Functions import it: it has 60 modules, and few requests have a number.
"""

#: Of a number, characters.
MAX_LENGTH = 16
#: How many digits at the end of a number are those of one customer, for limits on ranges.
CUSTOMER_DIGITS = 4


def parse_mobile_number(text: str, territory: str | None) -> str | None:
    """Return a mobile number in E.164 (``+12125550123``); None if it is none.

    territory: ISO 3166 code of the country whose numbers may be typed without its code.
    """
    import phonenumbers
    from phonenumbers import PhoneNumberType

    # Where text messages arrive. Premium-rate numbers would cost the operator, and pay a fraud.
    mobile_types = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
    try:
        number = phonenumbers.parse(text, territory)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    if phonenumbers.number_type(number) not in mobile_types:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def format_number(number: str) -> str:
    """Return a number as people read it: ``+1 212-555-0123``."""
    import phonenumbers

    parsed = phonenumbers.parse(number)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def mask_number(number: str) -> str:
    """Return country code and last two digits: enough for support to recognise it."""
    import phonenumbers

    return f"+{phonenumbers.parse(number).country_code} … {number[-2:]}"


def find_range(number: str) -> str:
    """Return the range of numbers that a number is of: frauds use many of one."""
    return number[:-CUSTOMER_DIGITS]
