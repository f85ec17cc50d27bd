"""Forms of vehicles: the owner's form, the search, the code, and the filter of staff."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, SubmitField
from wtforms.validators import DataRequired, Length, NumberRange, Optional
from wtforms.widgets import TextInput

from webapp.fleet.enums import VehicleState
from webapp.fleet.labels import FORM_FACTOR_LABELS, STATE_LABELS, TYPE_LABELS
from webapp.fleet.services.description import VehicleDescription
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
from webapp.money import MoneyField, MoneyForm

MAX_RANGE_KM = 1000


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
        """A point is required: riders find vehicles on the map."""
        is_valid: bool = super().validate(extra_validators)
        if not self.lat.errors and not self.lon.errors and self.lat.data is None:
            self.lat.errors = [_("Tap the map where it stands, or type the two numbers.")]
            return False
        return is_valid

    @property
    def description(self) -> VehicleDescription:
        return VehicleDescription(self.type.data, self.brand.data, self.color.data, place_of(self))


class SearchForm(PointFields, FilterForm, MoneyForm):
    """Which vehicles of a city to list; its fields stand in the query string."""

    q = LineField(
        _l("Search"),
        validators=[Length(max=60, message=TOO_LONG)],
        render_kw={"type": "search", "placeholder": _l("Brand, colour, street or code")},
    )
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
    range = IntegerField(
        _l("Goes at least, km"),
        validators=[
            Optional(),
            NumberRange(0, MAX_RANGE_KM, _l("A distance from 0 to %(max)d km.", max=MAX_RANGE_KM)),
        ],
        filters=[lambda km: km and max(-1, min(km, 10_000))],  # the validator fails on huge numbers
        widget=TextInput(),  # a field of type number loses what is not a number
        render_kw={"inputmode": "numeric"},
    )
    price = MoneyField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.price.label.text = _("15 min for at most, %(currency)s", currency=self.currency)

    #: The fields that a person fills in; their errors are shown beside them.
    FIELDS = ("q", "type", "show", "range", "price")

    @property
    def has_only_field_errors(self) -> bool:
        """Whether all errors can be shown beside a field; other addresses are not from a form."""
        return not set(self.errors) - set(self.FIELDS)

    @property
    def valid_values(self) -> dict[str, Any]:
        """The values of the fields without an error."""
        return {name: self[name].data for name in self.FIELDS if not self[name].errors}


class StaffFleetForm(FilterForm):
    city = SelectField(_l("City"))
    state = SelectField(
        _l("State"), choices=choices([("", _l("All states")), *STATE_LABELS.items()]), default=""
    )

    @property
    def states(self) -> tuple[VehicleState, ...]:
        return (VehicleState(self.state.data),) if self.state.data else tuple(VehicleState)
