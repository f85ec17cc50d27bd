"""Money as people write it: the one place that turns minor units into text and back.

Everywhere else an amount is an integer of minor units (cents; for yen, yen) with an ISO 4217
currency. Nothing here goes through a float.
"""

import re
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency, get_currency_precision
from flask_babel import get_locale
from flask_babel import gettext as _
from wtforms import StringField
from wtforms.validators import ValidationError
from wtforms.widgets import TextInput

from webapp.forms import Form

#: The most that anybody may type where a field does not say otherwise, in minor units.
MOST = 100_000_00
AMOUNT = re.compile(r"-?[0-9]{1,12}([.,][0-9]{1,12})?")
#: With marks between the thousands, or so that they could be meant: 1,000 is no 1.00.
GROUPED = re.compile(r"-?[1-9][0-9]{0,2}([.,][0-9]{3}){1,4}([.,][0-9]{1,12})?")


def shown(amount: int, currency: str) -> str:
    """Return an amount of minor units as people of the visitor's language write it: ``$1.25``."""
    return format_currency(_major(amount, currency), currency, locale=get_locale() or "en")


def plain(amount: int, currency: str) -> str:
    """Return an amount of minor units as a bare number, as ``minor`` reads it: ``1.25``."""
    return f"{_major(amount, currency):f}"


def minor(amount: str | int | Decimal, currency: str) -> int:
    """Return the minor units of an amount that is written in major ones: 125 for ``1.25`` USD.

    amount: its decimals follow a point or a comma, and there are no thousands separators.
    Raises ValueError, in words for people, when it is no number or has more decimals than the
    currency, and when somebody may have meant thousands.
    """
    text = str(amount).strip().replace("\N{MINUS SIGN}", "-")
    decimals = get_currency_precision(currency)
    if isinstance(amount, str) and _may_be_grouped(text, decimals):
        like = plain(1000 * 10**decimals, currency)
        raise ValueError(_("Leave out the marks between thousands. Write it like %(e)s.", e=like))
    if not AMOUNT.fullmatch(text):
        raise ValueError(_("That is no amount: write it like %(e)s.", e=plain(250, currency)))
    scaled = Decimal(text.replace(",", ".")).scaleb(decimals)
    if scaled != int(scaled):
        smallest = shown(1, currency)
        raise ValueError(_("There is no coin for that: the smallest is %(coin)s.", coin=smallest))
    return int(scaled)


def _may_be_grouped(text: str, decimals: int) -> bool:
    """Tell whether three digits follow a mark that could stand between thousands."""
    if not GROUPED.fullmatch(text):
        return False
    return decimals != 3 or not AMOUNT.fullmatch(text)


def _major(amount: int, currency: str) -> Decimal:
    return Decimal(amount).scaleb(-get_currency_precision(currency))


class MoneyForm(Form):
    """A form with amounts in one currency: ``TopUpForm(currency="EUR")``."""

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        self.currency = currency  # before the fields, which read what was typed with it
        super().__init__(*args, **kwargs)


class MoneyField(StringField):
    """An amount that people write in major units; its ``data`` is in minor ones, or None.

    Only in a MoneyForm. at_least, at_most: minor units.
    """

    data: Any
    widget = TextInput()

    def __init__(
        self, *args: Any, at_least: int = 0, at_most: int = MOST, _form: Any = None, **kwargs: Any
    ) -> None:
        looks = {"inputmode": "decimal", "autocomplete": "off", **kwargs.pop("render_kw", {})}
        super().__init__(*args, _form=_form, render_kw=looks, **kwargs)
        self.form: MoneyForm = _form
        self.at_least, self.at_most = at_least, at_most

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if valuelist and valuelist[0].strip():
            self.data = minor(valuelist[0], self.form.currency)
        else:
            self.raw_data = None  # only blanks are nothing for the validators too

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else plain(self.data, self.form.currency)

    def pre_validate(self, form: Any) -> None:
        if self.data is None:
            return
        if self.data < self.at_least:
            least = shown(self.at_least, self.form.currency)
            raise ValidationError(_("That is too little: %(least)s at least.", least=least))
        if self.data > self.at_most:
            most = shown(self.at_most, self.form.currency)
            raise ValidationError(_("That is too much: %(most)s at most.", most=most))
