"""The forms of a revenue share, and of a payout and its reversal."""

from datetime import date, timedelta
from decimal import Decimal

from wtforms import DateField, HiddenField, SubmitField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, ValidationError

from webapp.fleet.vehicle_actions.forms import MAX_NAME_LENGTH
from webapp.forms import NEEDED, TOO_LONG, Form, LineField, NonceField, PercentField, new_nonce
from webapp.money import MoneyField, MoneyForm
from webapp.rides.earnings.models import MAX_NOTE_LENGTH
from webapp.rides.earnings.services.payouts import OwnerPayout
from webapp.rides.earnings.services.shares import ShareTerms
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

#: How long before a share holds it can be set, days.
MAX_DAYS_AHEAD = 731
#: Of one payout, minor units: the balance is the limit.
MAX_PAYOUT = 10**14


class ShareForm(Form):
    """The share of an owner, in one city."""

    owner = LineField(
        _l("Owner"),
        description=_l("Username or e-mail address."),
        validators=[DataRequired(NEEDED), Length(max=MAX_NAME_LENGTH, message=TOO_LONG)],
        render_kw={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"},
    )
    percent = PercentField(
        _l("Share of the price without tax, percent"),
        description=_l("With at most two decimals. 0: the owner earns nothing."),
        validators=[
            InputRequired(NEEDED),
            NumberRange(0, 100, _l("Enter a number between 0 and 100.")),
        ],
    )
    valid_from = DateField(
        _l("In force from"),
        description=_l("Today: for rides that end from now on."),
        validators=[InputRequired(NEEDED)],
    )
    note = LineField(
        _l("Why"),
        description=_l("For example the contract. The owner reads it."),
        validators=[DataRequired(NEEDED), Length(max=MAX_NOTE_LENGTH, message=TOO_LONG)],
    )
    #: Identifies this form: sent twice, it is one share.
    nonce = HiddenField(default=new_nonce)
    submit = SubmitField(_l("Save"))

    def validate_percent(self, field: PercentField) -> None:
        # The remainder of a number that is out of range may not be computable.
        if not field.errors and (field.data or 0) * 100 % 1:
            raise ValidationError(_("Use at most two decimals."))

    def set_today(self, today: date) -> None:
        """Accept days from today on, by the clocks of the city."""
        self.today = today
        if not self.is_submitted():
            self.valid_from.data = today

    def validate_valid_from(self, field: DateField) -> None:
        if field.data and field.data < self.today:
            raise ValidationError(_("Choose today or a later day. What was earned stays as it is."))
        if field.data and field.data > self.today + timedelta(days=MAX_DAYS_AHEAD):
            raise ValidationError(_("Choose a day within the next two years."))

    @property
    def terms(self) -> ShareTerms:
        basis_points = int((self.percent.data or Decimal()) * 100)
        return ShareTerms(basis_points, self.valid_from.data, self.note.data)


class PayoutForm(MoneyForm):
    """What was paid to an owner."""

    amount = MoneyField(_l("Amount"), at_least=1, at_most=MAX_PAYOUT)
    reference = LineField(
        _l("Reference"),
        description=_l("As the bank's statement names the transfer. The owner reads it."),
        validators=[DataRequired(NEEDED), Length(max=MAX_NOTE_LENGTH, message=TOO_LONG)],
    )
    nonce = NonceField(default=new_nonce)
    submit = SubmitField(_l("Record"))

    def suggest(self, balance: int) -> None:
        """Offer the balance; an amount that was typed stays."""
        self.amount.description = _("In %(currency)s.", currency=self.currency)
        if not self.is_submitted() and balance > 0:
            self.amount.data = balance

    def validate_amount(self, field: MoneyField) -> None:
        if field.data is None and not field.errors:
            raise ValidationError(NEEDED)

    @property
    def payout(self) -> OwnerPayout:
        return OwnerPayout(self.amount.data, self.reference.data, self.nonce.data)


class PayoutReversalForm(Form):
    """Why a payout is reversed."""

    reason = LineField(
        _l("Reason"),
        description=_l("As the bank gives it. The owner reads it."),
        validators=[DataRequired(NEEDED), Length(max=MAX_NOTE_LENGTH, message=TOO_LONG)],
    )
    submit = SubmitField(_l("Reverse the payout"))
