"""What riders pay in and have paid out, and what staff give them."""

from typing import Any
from uuid import UUID, uuid4

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SubmitField
from wtforms.validators import DataRequired, Length, ValidationError

from webapp.forms import NEEDED, TOO_LONG, Form, LineField
from webapp.money import MoneyField, MoneyForm, minor, shown

#: Of what is paid in or given at once, in major units.
LEAST, MOST = 1, 500


def _is_there(form: Form, field: Any) -> None:
    if field.data is None and not field.errors:
        raise ValidationError(NEEDED)


class NonceField(HiddenField):
    """A number that tells one filled-in form from the next, however often it is sent."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = UUID(valuelist[0]) if valuelist else uuid4()


class TopUpForm(MoneyForm):
    amount = MoneyField(_l("Amount"), validators=[_is_there])
    submit = SubmitField(_l("Go on to pay"))

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, currency=currency, **kwargs)
        _hold_to(self.amount, *bounds(currency), currency)


def _hold_to(field: MoneyField, least: int, most: int, currency: str) -> None:
    field.at_least, field.at_most = least, most
    words = {"currency": currency, "least": shown(least, currency), "most": shown(most, currency)}
    field.description = _("In %(currency)s, from %(least)s to %(most)s.", **words)


def bounds(currency: str) -> tuple[int, int]:
    """Return the least and the most that is paid in at once, in minor units."""
    return minor(LEAST, currency), minor(MOST, currency)


class PayOutForm(Form):
    currency = HiddenField()
    nonce = NonceField(default=uuid4)


class CheckoutForm(Form):
    pay = SubmitField(_l("Pay"))
    cancel = SubmitField(_l("Cancel"))


class CreditForm(MoneyForm):
    amount = MoneyField(_l("Amount"), validators=[_is_there])
    note = LineField(
        _l("Why"),
        description=_l("The rider reads this."),
        validators=[DataRequired(NEEDED), Length(max=200, message=TOO_LONG)],
    )
    nonce = NonceField(default=uuid4)
    submit = SubmitField(_l("Give this credit"))

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, currency=currency, **kwargs)
        _hold_to(self.amount, 1, bounds(currency)[1], currency)
