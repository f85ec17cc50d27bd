"""The forms of vehicle types."""

from typing import Any

from wtforms import BooleanField, IntegerField, SelectField, SubmitField
from wtforms.validators import DataRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import TextInput

from webapp.edits import EditForm
from webapp.fleet.labels import FORM_FACTOR_LABELS
from webapp.fleet.ranges import MAX_RANGE_M
from webapp.fleet.vehicle_types.models import MAX_TYPE_LABEL_LENGTH
from webapp.fleet.vehicle_types.settings import TypeSettings
from webapp.forms import NEEDED, TOO_LONG, LineField, WhyField, choices
from webapp.ops.vehicle_types.labels import ICON_LABELS, PROPULSION_LABELS
from webapp.ops.vehicle_types.services import make_type_name
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

MAX_SPEED_KPH = 200
MAX_RIDERS = 9
#: They are pages beside those of the types.
RESERVED_NAMES = {"new"}
_LABEL_LENGTH = Length(max=MAX_TYPE_LABEL_LENGTH, message=TOO_LONG)


# Any: WTForms leaves the options of a field open.
def _make_number(label: str, unit_max: int, message: str, **options: Any) -> IntegerField:
    validators = [Optional(), NumberRange(1, unit_max, message)]
    attributes = {"inputmode": "numeric", "autocomplete": "off"}
    return IntegerField(
        label,
        validators,
        filters=[lambda number: number and min(number, 10**9)],  # NumberRange fails on huge ones
        widget=TextInput(),
        render_kw=attributes,
        **options,
    )


_PERCENT = _l("Enter a whole number from 1 to 100, or nothing.")


class VehicleTypeForm(WhyField, EditForm):
    """What can be set for a type."""

    label = LineField(
        _l("Name"),
        description=_l("Of one vehicle. Empty: as MovR calls it, in each language."),
        validators=[_LABEL_LENGTH],
    )
    icon = SelectField(
        _l("Icon"),
        choices=choices([("", _l("As usual for the form factor")), *ICON_LABELS.items()]),
    )
    min_battery_percent = _make_number(
        _l("Minimum battery to start a ride, percent"),
        100,
        _PERCENT,
        description=_l("With less, no ride and no reservation starts. Empty: any is enough."),
    )
    low_battery_percent = _make_number(
        _l("Low battery, percent"),
        100,
        _PERCENT,
        description=_l("Below it, riders are warned. Empty: as for all types."),
    )
    top_speed_kph = _make_number(
        _l("Top speed, km/h"),
        MAX_SPEED_KPH,
        _l("Enter a whole number from 1 to %(max)d, or nothing."),
    )
    max_range_km = _make_number(
        _l("Range with a full battery, km"),
        MAX_RANGE_M // 1000,
        _l("Enter a whole number from 1 to %(max)d, or nothing."),
    )
    rider_capacity = _make_number(
        _l("For how many riders"),
        MAX_RIDERS,
        _l("Enter a whole number from 1 to %(max)d, or nothing."),
    )
    is_archived = BooleanField(
        _l("Archived"),
        description=_l("New vehicles cannot have this type. Those that have it stay."),
    )
    submit = SubmitField(_l("Save"))

    @property
    def settings(self) -> TypeSettings:
        km = self.max_range_km.data
        return TypeSettings(
            label=self.label.data or "",
            icon=self.icon.data,
            low_battery_percent=self.low_battery_percent.data,
            min_battery_percent=self.min_battery_percent.data,
            top_speed_kph=self.top_speed_kph.data,
            max_range_m=km and km * 1000,
            rider_capacity=self.rider_capacity.data,
            is_archived=self.is_archived.data,
        )


class OwnTypeForm(VehicleTypeForm):
    """The same for a type that an admin has added: MovR has no name for it."""

    label = LineField(
        _l("Name"),
        description=_l("Of one vehicle, for example “Moped”."),
        validators=[DataRequired(NEEDED), _LABEL_LENGTH],
    )

    def validate_label(self, field: LineField) -> None:
        name = make_type_name(field.data)
        if not name:
            raise ValidationError(_("Use letters or numbers."))
        if name in RESERVED_NAMES:
            raise ValidationError(_("MovR uses this name for a page. Use another one."))


class NewVehicleTypeForm(OwnTypeForm):
    """The same, and what stays as it is once the type is there."""

    form_factor = SelectField(_l("Form factor"), choices=choices(FORM_FACTOR_LABELS.items()))
    propulsion_type = SelectField(_l("Propulsion"), choices=choices(PROPULSION_LABELS.items()))


def type_form_data(settings: TypeSettings) -> dict[str, object]:
    """Return the data of a VehicleTypeForm that shows these settings."""
    metres = settings.max_range_m
    return {**settings.columns(), "max_range_km": metres and metres // 1000}
