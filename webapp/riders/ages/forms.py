"""The date of birth."""

from datetime import UTC, datetime

from wtforms import DateField, SubmitField
from wtforms.validators import DataRequired, ValidationError

from webapp.forms import NEEDED, Form
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

#: The oldest person ever was younger.
MAX_YEARS = 125


class AgeForm(Form):
    born_on = DateField(
        _l("Date of birth"),
        description=_l(
            "We compare it and forget it: only that you are old enough is stored, and since when we"
            " know."
        ),
        validators=[DataRequired(NEEDED)],
        render_kw={"autocomplete": "bday"},
    )
    submit = SubmitField(_l("Continue"))

    def validate_born_on(self, field: DateField) -> None:
        this_year = datetime.now(UTC).year
        if not this_year - MAX_YEARS <= field.data.year <= this_year:
            raise ValidationError(_("Enter the day on which you were born."))
