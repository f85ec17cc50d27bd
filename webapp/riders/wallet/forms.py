"""Forms of the wallet. Amounts are in minor units."""

from typing import Any
from uuid import uuid4

from wtforms import HiddenField, SelectField, SubmitField
from wtforms.validators import DataRequired, Length, ValidationError

from webapp.forms import NEEDED, TOO_LONG, Form, LineField, NonceField, choices
from webapp.money import MoneyField, MoneyForm, format_amount, parse_amount
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

#: The smallest top-up, and the largest top-up or credit, in major units of any currency.
SMALLEST_TOP_UP, LARGEST_AMOUNT = 1, 500


def find_top_up_limits(currency: str) -> tuple[int, int]:
    """Return the smallest and the largest top-up, in minor units."""
    return parse_amount(SMALLEST_TOP_UP, currency), parse_amount(LARGEST_AMOUNT, currency)


def suggest_top_up(debt: int, currency: str) -> int:
    """Return the top-up that pays a debt, as far as the limits allow, in minor units."""
    smallest, largest = find_top_up_limits(currency)
    return max(smallest, min(debt, largest))


def _require_amount(form: Form, field: MoneyField) -> None:
    if field.data is None and not field.errors:
        raise ValidationError(NEEDED)


def _set_limits(field: MoneyField, least: int, most: int, currency: str) -> None:
    field.at_least, field.at_most = least, most
    limits = {
        "currency": currency,
        "least": format_amount(least, currency),
        "most": format_amount(most, currency),
    }
    field.description = _("In %(currency)s, from %(least)s to %(most)s.", **limits)


class TopUpForm(MoneyForm):
    amount = MoneyField(_l("Amount"), validators=[_require_amount])
    submit = SubmitField(_l("Continue to payment"))

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:  # Any: as WTForms
        super().__init__(*args, currency=currency, **kwargs)
        _set_limits(self.amount, *find_top_up_limits(currency), currency)


class PayoutForm(Form):
    currency = HiddenField()
    nonce = NonceField(default=uuid4)


class CreditForm(MoneyForm):
    action = SelectField(
        _l("What"),
        choices=choices([("give", _l("Give credit")), ("take", _l("Take credit away"))]),
        default="give",
    )
    amount = MoneyField(_l("Amount"), validators=[_require_amount])
    note = LineField(
        _l("Reason"),
        description=_l("The rider will see this."),
        validators=[DataRequired(NEEDED), Length(max=200, message=TOO_LONG)],
    )
    nonce = NonceField(default=uuid4)
    submit = SubmitField(_l("Save"))

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:  # Any: as WTForms
        super().__init__(*args, currency=currency, **kwargs)
        _set_limits(self.amount, 1, find_top_up_limits(currency)[1], currency)

    @property
    def signed_amount(self) -> int:
        """The amount in minor units; negative if it is taken away."""
        amount: int = self.amount.data
        return -amount if self.action.data == "take" else amount
