"""The form in which an admin changes a zone."""

from wtforms import IntegerField, SubmitField
from wtforms.validators import Length, NumberRange, Optional

from webapp.edits import EditForm
from webapp.fleet.zones.models import MAX_NAME_LENGTH, MAX_SPEED_KPH
from webapp.fleet.zones.services import ZoneTerms
from webapp.forms import TOO_LONG, LineField, WhyField
from webapp.money import MoneyField, MoneyForm
from webapp.translations import lazy_gettext as _l


class ZoneForm(WhyField, MoneyForm, EditForm):
    name = LineField(_l("Name"), validators=[Length(max=MAX_NAME_LENGTH, message=TOO_LONG)])
    fee = MoneyField(
        _l("Fee for ending a ride here"),
        description=_l("Empty: the fee of the price plan."),
    )
    max_speed_kph = IntegerField(
        _l("Maximum speed, km/h"),
        validators=[
            Optional(),
            NumberRange(1, MAX_SPEED_KPH, _l("Enter a whole number from 1 to %(max)s.")),
        ],
    )
    submit = SubmitField(_l("Save"))

    @property
    def terms(self) -> ZoneTerms:
        return ZoneTerms(self.name.data or "", self.fee.data, self.max_speed_kph.data)
