"""Where a ride ends: a point from the browser or the map, a typed place, or both."""

from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, SubmitField
from wtforms.validators import Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from webapp.forms import TOO_LONG, Form, LineField, PointFields, place_of
from webapp.regions.geography import Place


class StartForm(Form):
    """The button that starts a ride: it says which price stood beside it."""

    plan = HiddenField()

    @property
    def seen_plan(self) -> UUID | None:
        """The plan that the rider has seen; None when the button did not say."""
        try:
            return UUID(self.plan.data) if self.plan.data else None
        except ValueError:
            return None


class EndForm(PointFields, Form):
    address = LineField(
        _l("Where do you leave it?"),
        description=_l("A street and number, or what stands near by."),
        validators=[Length(max=200, message=TOO_LONG)],
    )
    #: The fee that the rider has agreed to, for leaving it where it should not stand.
    agreed = IntegerField(
        widget=HiddenInput(), validators=[Optional(), NumberRange(0, 2_000_000_000)]
    )
    submit = SubmitField(_l("End ride"))

    @property
    def place(self) -> Place:
        return place_of(self)

    def validate(self, extra_validators: object = None) -> bool:
        """A ride ends somewhere: words or a point must be there."""
        good: bool = super().validate(extra_validators)
        if good and self.place == Place():
            self.address.errors = [_("Say where it stands: type a place or the two numbers.")]
            return False
        return good
