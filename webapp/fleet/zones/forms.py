"""The shape of what an admin changes about a zone."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SubmitField
from wtforms.validators import Length, NumberRange, Optional

from webapp.fleet.zones.classification import FASTEST_KPH, NAME_LENGTH
from webapp.forms import TOO_LONG, LineField
from webapp.money import MoneyField, MoneyForm


class ZoneForm(MoneyForm):
    name = LineField(_l("Name"), validators=[Length(max=NAME_LENGTH, message=TOO_LONG)])
    fee = MoneyField(
        _l("Fee for ending a ride here"),
        description=_l("Empty: as the price of the ride says."),
    )
    max_speed_kph = IntegerField(
        _l("Maximum speed, km/h"),
        validators=[
            Optional(),
            NumberRange(1, FASTEST_KPH, _l("A whole number from 1 to %(max)s.")),
        ],
    )
    submit = SubmitField(_l("Save"))

    @property
    def columns(self) -> dict[str, Any]:
        return {
            "name": self.name.data or "",
            "fee": self.fee.data,
            "max_speed_kph": self.max_speed_kph.data,
        }
