"""The form that sets reminders."""

from typing import Self

from wtforms import SubmitField, TimeField
from wtforms.validators import Optional

from webapp.money import BEYOND_LIMITS, MoneyField, MoneyForm
from webapp.rides.models import Ride
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l


class ReminderForm(MoneyForm):
    """A time, an amount, or both."""

    time = TimeField(
        _l("At a time"),
        format=["%H:%M", "%H:%M:%S"],  # some browsers send seconds
        validators=[Optional()],
        description=_l("By the clocks in the city."),
    )
    #: No limit: ``set_reminders`` says what the ride can cost.
    amount = MoneyField(
        _l("At a price"), at_least=1, at_most=BEYOND_LIMITS, validators=[Optional()]
    )
    submit = SubmitField(_l("Remind me"))

    @classmethod
    def for_ride(cls, ride: Ride) -> Self:
        """Return the form in the currency of a ride. Where riding is free, it is in none."""
        currency = ride.plan.currency if ride.plan else "XXX"
        form = cls(currency=currency)
        form.amount.description = _("In %(currency)s.", currency=currency)
        return form

    def validate(self, extra_validators: object = None) -> bool:
        is_valid: bool = super().validate(extra_validators)
        if is_valid and self.time.data is None and self.amount.data is None:
            self.time.errors = [_("Enter a time or an amount.")]
            return False
        return is_valid
