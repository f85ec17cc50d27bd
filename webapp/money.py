"""Amounts of money as text: the only place that formats and parses them.

Everywhere else an amount is an integer of minor units (cents; for yen, yen) with an ISO 4217
currency. No float is involved.
"""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.numbers import format_currency, get_currency_precision, get_decimal_symbol
from wtforms import StringField
from wtforms.validators import ValidationError
from wtforms.widgets import TextInput

from webapp.forms import Form
from webapp.translations import gettext as _
from webapp.translations import request_language

#: The largest amount that a field accepts by default, in minor units.
MAX_AMOUNT = 100_000_00
AMOUNT = re.compile(r"-?([0-9]{1,100})([.,][0-9]{1,12})?")
#: Has thousands separators, or could have: 1,000 may mean a thousand, so it is not read as 1.00.
GROUPED = re.compile(r"-?[1-9][0-9]{0,2}([.,][0-9]{3}){1,20}([.,][0-9]{1,12})?")
#: What ``parse_amount`` reads: so many digits before the decimals.
MAX_DIGITS = 12
#: In a MoneyField, an amount with more digits: more minor units than any other.
BEYOND_LIMITS = 10**18


class AmountTooLarge(ValueError):
    """An amount with more than MAX_DIGITS digits before its decimals."""


def format_amount(amount: int, currency: str) -> str:
    """Return an amount of minor units as people of the visitor's language write it: ``$1.25``."""
    return _format_in_locale(amount, currency, request_language().locale)


@lru_cache(maxsize=4_000)
def _format_in_locale(amount: int, currency: str, locale: Locale) -> str:
    return format_currency(_to_major_units(amount, currency), currency, locale=locale)


def format_plain_amount(amount: int, currency: str) -> str:
    """Return an amount of minor units as a bare number, as ``parse_amount`` reads it: ``1.25``."""
    return f"{_to_major_units(amount, currency):f}"


def format_typed_amount(amount: int, currency: str) -> str:
    """Return an amount of minor units as people of the visitor's language type it, without the
    currency: ``1.25``, ``1,25``. ``parse_amount`` reads both."""
    plain = format_plain_amount(amount, currency)
    is_comma = get_decimal_symbol(request_language().locale) == ","
    return plain.replace(".", ",") if is_comma else plain


def parse_amount(amount: str | int | Decimal, currency: str) -> int:
    """Return an amount in minor units from text in major units: 125 for ``1.25`` USD.

    amount: its decimals follow a point or a comma, and there are no thousands separators.
    Raises ValueError with a text for people: it is no number, it has more decimals than the
    currency, or a separator may stand for thousands; AmountTooLarge.
    """
    text = str(amount).strip().replace("\N{MINUS SIGN}", "-")
    decimals = get_currency_precision(currency)
    if isinstance(amount, str) and _may_be_grouped(text, decimals):
        raise ValueError(_explain_notation(decimals, currency))
    match = AMOUNT.fullmatch(text)
    if not match:
        raise ValueError(_("Enter an amount like %(e)s.", e=format_typed_amount(250, currency)))
    if len(match[1].lstrip("0")) > MAX_DIGITS:
        raise AmountTooLarge(_("This amount is too large."))
    scaled = Decimal(text.replace(",", ".")).scaleb(decimals)
    if scaled != int(scaled):
        smallest = format_amount(1, currency)
        raise ValueError(_("The smallest unit is %(coin)s.", coin=smallest))
    return int(scaled)


def _may_be_grouped(text: str, decimals: int) -> bool:
    """Tell whether three digits follow a separator that may stand for thousands."""
    if not GROUPED.fullmatch(text):
        return False
    return decimals != 3 or not AMOUNT.fullmatch(text)


def _explain_notation(decimals: int, currency: str) -> str:
    """Return what to type in place of 7.999, which may be eight or eight thousand."""
    like = format_typed_amount(1000 * 10**decimals, currency)
    if not decimals:
        return _("Enter an amount like %(e)s, without decimals or thousands separators.", e=like)
    return _(
        "Enter an amount like %(e)s, with at most %(n)d decimals and no thousands separators.",
        e=like,
        n=decimals,
    )


def _to_major_units(amount: int, currency: str) -> Decimal:
    return Decimal(amount).scaleb(-get_currency_precision(currency))


class MoneyForm(Form):
    """A form with amounts in one currency: ``TopUpForm(currency="EUR")``."""

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        self.currency = currency  # before the fields, which read what was typed with it
        super().__init__(*args, **kwargs)


class MoneyField(StringField):
    """A field for an amount in major units; its ``data`` is in minor units, or None.

    Only in a MoneyForm. at_least, at_most: minor units.
    """

    data: Any
    widget = TextInput()

    def __init__(
        self,
        *args: Any,
        at_least: int = 0,
        at_most: int = MAX_AMOUNT,
        _form: Any = None,
        **kwargs: Any,
    ) -> None:
        looks = {"inputmode": "decimal", "autocomplete": "off", **kwargs.pop("render_kw", {})}
        super().__init__(*args, _form=_form, render_kw=looks, **kwargs)
        self.form: MoneyForm = _form
        self.at_least, self.at_most = at_least, at_most

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if valuelist and valuelist[0].strip():
            self.data = self._parse(valuelist[0])
        else:
            self.raw_data = None  # only blanks are nothing for the validators too

    def _parse(self, text: str) -> int:
        """Return the amount; one that is too large only so that ``pre_validate`` names a limit."""
        try:
            return parse_amount(text, self.form.currency)
        except AmountTooLarge:
            return (
                -BEYOND_LIMITS
                if text.strip().startswith(("-", "\N{MINUS SIGN}"))
                else BEYOND_LIMITS
            )

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else format_typed_amount(self.data, self.form.currency)

    def pre_validate(self, form: Any) -> None:
        if self.data is None:
            return
        if self.data < self.at_least:
            least = format_amount(self.at_least, self.form.currency)
            raise ValidationError(_("Enter at least %(least)s.", least=least))
        if self.data > self.at_most:
            most = format_amount(self.at_most, self.form.currency)
            raise ValidationError(_("Enter at most %(most)s.", most=most))
