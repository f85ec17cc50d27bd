"""The forms of vehicle types."""

from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, IntegerField, SelectField, SubmitField
from wtforms.validators import DataRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import TextInput

from webapp.edits import EditForm
from webapp.fleet.enums import VEHICLE_TYPES
from webapp.fleet.labels import FORM_FACTOR_LABELS
from webapp.fleet.ranges import MAX_RANGE_M
from webapp.fleet.vehicle_types.models import MAX_TYPE_LABEL_LENGTH
from webapp.fleet.vehicle_types.settings import TypeSettings
from webapp.forms import NEEDED, TOO_LONG, LineField, WhyField, choices
from webapp.label_fields import LabelFields, add_label_fields, label_data
from webapp.ops.vehicle_types.labels import ICON_LABELS, PROPULSION_LABELS
from webapp.ops.vehicle_types.services import make_type_name
from webapp.road_units import RoadUnitField
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


class VehicleTypeForm(LabelFields, WhyField, EditForm):
    """What can be set for a type. ``add_label_fields`` makes the form that is used."""

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
    top_speed_kph = RoadUnitField(
        _l("Top speed, km/h"), _l("Top speed, mph"), maximum=MAX_SPEED_KPH
    )
    max_range_km = RoadUnitField(
        _l("Range with a full battery, km"),
        _l("Range with a full battery, miles"),
        maximum=MAX_RANGE_M // 1000,
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

    def make_settings(self, former_labels: Mapping[str, str]) -> TypeSettings:
        """Return what was typed."""
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
            labels=self.read_labels(former_labels),
        )


class OwnTypeForm(VehicleTypeForm):
    """The form of a type that an admin has added: MovR has no name for it."""

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
    """The form of a new type, with what never changes once the type is there."""

    form_factor = SelectField(_l("Form factor"), choices=choices(FORM_FACTOR_LABELS.items()))
    propulsion_type = SelectField(_l("Propulsion"), choices=choices(PROPULSION_LABELS.items()))


def find_form_class(type_name: str) -> type[VehicleTypeForm]:
    """Return the form of a type that is there."""
    form_class = VehicleTypeForm if type_name in VEHICLE_TYPES else OwnTypeForm
    return add_label_fields(form_class, MAX_TYPE_LABEL_LENGTH)


def make_new_type_form() -> NewVehicleTypeForm:
    """Return the form of a type that is added."""
    return add_label_fields(NewVehicleTypeForm, MAX_TYPE_LABEL_LENGTH)()


def make_type_form_data(settings: TypeSettings) -> dict[str, object]:
    """Return the data of a VehicleTypeForm that shows these settings."""
    metres = settings.max_range_m
    labels = label_data(settings.labels)
    return {**settings.columns(), **labels, "max_range_km": metres and metres // 1000}
