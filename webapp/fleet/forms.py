"""The shape of a vehicle's description, and of the question which vehicles to list."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, SubmitField
from wtforms.validators import DataRequired, Length

from webapp.fleet.services import Description
from webapp.fleet.words import FORM_FACTOR_LABELS, STATE_LABELS, TYPE_LABELS, VehicleState
from webapp.forms import (
    NEEDED,
    TOO_LONG,
    FilterForm,
    Form,
    LineField,
    PointFields,
    choices,
    place_of,
)


class VehicleForm(PointFields, Form):
    type = SelectField(_l("Type"), choices=choices(TYPE_LABELS.items()))
    brand = LineField(
        _l("Brand"), validators=[DataRequired(NEEDED), Length(max=60, message=TOO_LONG)]
    )
    color = LineField(
        _l("Colour"), validators=[DataRequired(NEEDED), Length(max=30, message=TOO_LONG)]
    )
    address = LineField(
        _l("Where it stands"),
        description=_l("A street and number, or what stands near by."),
        validators=[DataRequired(NEEDED), Length(max=200, message=TOO_LONG)],
    )
    submit = SubmitField(_l("Save"))

    def validate(self, extra_validators: object = None) -> bool:
        """Riders look for vehicles on the map, so a point must be there."""
        good: bool = super().validate(extra_validators)
        if not self.lat.errors and not self.lon.errors and self.lat.data is None:
            self.lat.errors = [_("Tap the map where it stands, or type the two numbers.")]
            return False
        return good

    @property
    def description(self) -> Description:
        return Description(self.type.data, self.brand.data, self.color.data, place_of(self))


class ListForm(PointFields, FilterForm):
    """Type, availability and "near me" of a list of vehicles, in its address."""

    type = SelectField(
        _l("Type"),
        choices=choices([("", _l("All types")), *FORM_FACTOR_LABELS.items()]),
        default="",
    )
    show = SelectField(
        _l("Show"),
        choices=choices([("available", _l("Free now")), ("all", _l("All in the street"))]),
        default="available",
    )


class StaffListForm(FilterForm):
    city = SelectField(_l("City"))
    state = SelectField(
        _l("State"), choices=choices([("", _l("All states")), *STATE_LABELS.items()]), default=""
    )

    @property
    def states(self) -> tuple[VehicleState, ...]:
        return (VehicleState(self.state.data),) if self.state.data else tuple(VehicleState)
