"""Where a ride ends: a point from the browser or the map, a typed place, or both."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField, SubmitField
from wtforms.validators import Length

from webapp.auth.forms import TOO_LONG
from webapp.forms import Form, PointFields, place_of
from webapp.geo import Place


class StartForm(Form):
    """One button; the form carries the token."""

    submit = SubmitField(_l("Start ride"))


class EndForm(PointFields, Form):
    address = StringField(
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
