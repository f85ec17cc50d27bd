"""The form of a place that a rider saves."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SubmitField
from wtforms.validators import DataRequired, Length

from webapp.forms import NEEDED, TOO_LONG, Form, LineField, PointFields


class PlaceForm(PointFields, Form):
    label = LineField(
        _l("What you call it"),
        validators=[DataRequired(NEEDED), Length(max=40, message=TOO_LONG)],
        render_kw={"placeholder": _l("Home")},
    )
    submit = SubmitField(_l("Save this place"))

    def validate(self, extra_validators: object = None) -> bool:
        """A point is required: a place is for finding what is near."""
        is_valid: bool = super().validate(extra_validators)
        if not self.lat.errors and not self.lon.errors and self.lat.data is None:
            self.lat.errors = [_("Tap the map where it is, or type the two numbers.")]
            return False
        return is_valid
