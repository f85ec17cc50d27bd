"""Where a ride ends: a point from the browser or the map, a typed place, or both."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SubmitField
from wtforms.validators import Length

from webapp.forms import TOO_LONG, Form, LineField, PointFields, place_of
from webapp.geo import Place


class EndForm(PointFields, Form):
    address = LineField(
        _l("Where do you leave it?"),
        description=_l("A street and number, or what stands near by."),
        validators=[Length(max=200, message=TOO_LONG)],
    )
    submit = SubmitField(_l("End ride"))

    @property
    def place(self) -> Place:
        return place_of(self)

    def validate(self, extra_validators: object = None) -> bool:
        """A ride ends somewhere: words or a point must be there."""
        good: bool = super().validate(extra_validators)
        if good and self.place == Place():
            self.address.errors = [_("Tap the map, use your location, or type where it stands.")]
            return False
        return good
