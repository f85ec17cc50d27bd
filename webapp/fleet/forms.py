"""Forms of vehicles: the owner's form, the search, and the filter of staff."""

from datetime import timedelta
from functools import lru_cache
from typing import Any

from flask_babel import LazyString
from wtforms import IntegerField, SelectField, SubmitField
from wtforms.validators import DataRequired, Length, NumberRange, Optional
from wtforms.widgets import TextInput

from webapp.edits import EditForm
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.alerts.labels import ALERT_LABELS
from webapp.fleet.enums import FormFactor, VehicleState
from webapp.fleet.labels import FORM_FACTOR_LABELS, STATE_LABELS, list_type_choices
from webapp.fleet.models import (
    MAX_ADDRESS_LENGTH,
    MAX_BRAND_LENGTH,
    MAX_COLOR_LENGTH,
    Vehicle,
)
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.search_terms import PRICED_DURATION, parse_search_text
from webapp.fleet.ranges import MAX_RANGE_M
from webapp.fleet.services.description import VehicleDescription
from webapp.fleet.vehicle_types.settings import find_type_name
from webapp.forms import (
    NEEDED,
    TOO_LONG,
    FilterForm,
    Form,
    LineField,
    PointFields,
    choices,
    city_choices,
    find_choice_label,
    read_place,
)
from webapp.measures import METRES_PER_MILE
from webapp.money import MoneyField, MoneyForm
from webapp.regions.models import City
from webapp.translations import TextVariant, current_text_variant, lazy_pgettext, request_units
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

MAX_RANGE_KM, MAX_RANGE_MILES = MAX_RANGE_M // 1000, int(MAX_RANGE_M / METRES_PER_MILE)


class RequiredPointForm(PointFields, Form):
    """A form that is not valid without a point."""

    #: The error beside the latitude when no point was chosen.
    _missing_point = _l("Tap the map where it is, or enter the coordinates.")

    def validate(self, extra_validators: object = None) -> bool:
        is_valid: bool = super().validate(extra_validators)
        if not self.lat.errors and not self.lon.errors and self.lat.data is None:
            self.lat.errors = [self._missing_point]
            return False
        return is_valid


class VehicleForm(RequiredPointForm):
    _missing_point = _l("Tap the map where it is, or enter the coordinates.")

    type = SelectField(_l("Type"))
    brand = LineField(
        _l("Brand"),
        validators=[DataRequired(NEEDED), Length(max=MAX_BRAND_LENGTH, message=TOO_LONG)],
    )
    color = LineField(
        _l("Colour"),
        validators=[DataRequired(NEEDED), Length(max=MAX_COLOR_LENGTH, message=TOO_LONG)],
    )
    address = LineField(
        _l("Where it is"),
        description=_l("A street and number, or something nearby."),
        validators=[DataRequired(NEEDED), Length(max=MAX_ADDRESS_LENGTH, message=TOO_LONG)],
    )
    submit = SubmitField(_l("Save"))

    # Any: WTForms leaves the arguments of a form open.
    def __init__(self, *args: Any, offered_only: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.type.choices = choices(list_type_choices(offered_only))

    @property
    def description(self) -> VehicleDescription:
        return VehicleDescription(
            self.type.data, self.brand.data, self.color.data, read_place(self)
        )


class VehicleEditForm(VehicleForm, EditForm):
    """The same, to change a vehicle."""

    def fill(self, vehicle: Vehicle) -> None:
        """Show how the vehicle is now."""
        self.process(obj=vehicle, data={"type": find_type_name(vehicle.vehicle_type)})


class NewVehicleForm(VehicleForm):
    """The same for a vehicle that is added: no type that is archived."""

    # Any: WTForms leaves the arguments of a form open.
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, offered_only=True, **kwargs)


class RangeField(IntegerField):
    """A number of kilometres or miles that a vehicle still goes."""

    widget = TextInput()  # a field of type number loses what is not a number

    # Any: WTForms leaves the arguments of a field open.
    def __init__(self, label: LazyString, limit: int, message: LazyString, **kwargs: Any) -> None:
        super().__init__(
            label,
            validators=[Optional(), NumberRange(0, limit, message)],
            filters=[
                lambda n: n and max(-1, min(n, 10_000))
            ],  # the validator fails on huge numbers
            render_kw={"inputmode": "numeric"},
            **kwargs,
        )


class SearchForm(PointFields, FilterForm, MoneyForm):
    """Which vehicles of a city to list; its fields are in the query string.

    is_anonymous: for visitors, who search by nothing by which a vehicle could be recognised.
    """

    q = LineField(
        _l("Search"),
        validators=[Length(max=60, message=TOO_LONG)],
        render_kw={"type": "search", "placeholder": _l("Brand or street")},  # fits a phone
    )
    type = SelectField(
        _l("Type"),
        choices=choices([("", _l("All types")), *FORM_FACTOR_LABELS.items()]),
        default="",
    )
    show = SelectField(
        _l("Show"),
        choices=choices([("available", _l("Free now")), ("all", _l("All vehicles"))]),
        default="available",
    )
    #: One of the two is shown: an address that somebody shares means the same to all.
    range = RangeField(
        _l("Range at least, km"),
        MAX_RANGE_KM,
        _l("Enter a distance from 0 to %(max)d km.", max=MAX_RANGE_KM),
    )
    range_mi = RangeField(
        _l("Range at least, miles"),
        MAX_RANGE_MILES,
        _l("Enter a distance from 0 to %(max)d miles.", max=MAX_RANGE_MILES),
    )
    price = MoneyField()

    # Any: WTForms leaves the arguments of a form open.
    def __init__(self, *args: Any, is_anonymous: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_anonymous:
            self.q.render_kw = {"type": "search", "placeholder": _l("Street or code")}
        minutes = PRICED_DURATION // timedelta(minutes=1)
        self.price.label.text = _(
            "%(n)d min for at most, %(currency)s", n=minutes, currency=self.currency
        )

    #: The fields that a person fills in; their errors are shown beside them.
    FIELDS = ("q", "type", "show", "range", "range_mi", "price")

    @property
    def range_field(self) -> IntegerField:
        """The field that is filled in, else that of the reader's unit."""
        own = self.range_mi if request_units().is_imperial else self.range
        return next((each for each in (self.range, self.range_mi) if any(each.raw_data or ())), own)

    @property
    def range_m(self) -> int:
        """The range that vehicles must have, metres; 0: any."""
        values = self.valid_values
        km, miles = values.get("range") or 0, values.get("range_mi") or 0
        return max(km * 1000, round(miles * METRES_PER_MILE))

    @property
    def filter_count(self) -> int:
        """How many of the fields beside the text limit the list."""
        values = self.valid_values
        limits = [
            bool(values.get("type")),
            values.get("show") == "all",
            bool(self.range_m),
            values.get("price") is not None,
        ]
        return sum(limits)

    @property
    def has_only_field_errors(self) -> bool:
        """Whether all errors can be shown beside a field; other addresses are not from a form."""
        return not set(self.errors) - set(self.FIELDS)

    # Any: the types of the fields differ.
    @property
    def valid_values(self) -> dict[str, Any]:
        """The values of the fields without an error."""
        return {name: self[name].data for name in self.FIELDS if not self[name].errors}


def unfiltered_form(currency: str, *, is_anonymous: bool) -> SearchForm:
    """Return the search form with nothing in it. It is shared, so nobody may change it: making it
    takes 0.2 ms, a tenth of the page."""
    return _unfiltered_form(currency, is_anonymous, current_text_variant())


@lru_cache(maxsize=500)
def _unfiltered_form(currency: str, is_anonymous: bool, _variant: TextVariant) -> SearchForm:
    form = SearchForm(currency=currency, is_anonymous=is_anonymous)
    form.validate()
    return form


class StaffFilterForm(FilterForm):
    """The filter of a list for staff: one of their cities, and a state that subclasses define."""

    city = SelectField(_l("City"))
    state: SelectField

    @property
    def chosen_state(self) -> str:
        """The state to list. If there is no such state it is the default, and the field has an
        error."""
        state: str = self.state.default if self.state.errors else self.state.data
        return state

    def list_chosen_labels(self) -> list[str]:
        """Return what people read for what was chosen, without the city."""
        chosen = [each for each in self if each.data and each.data != each.default]
        labels = (
            find_choice_label(each) if isinstance(each, SelectField) else str(each.data)
            for each in chosen
            if each.name != "city" and not each.errors
        )
        return [label for label in labels if label]


class OwnerVehiclesForm(FilterForm):
    """Which of the own vehicles to list, and how."""

    state = SelectField(
        _l("State"), choices=choices([("", _l("All states")), *STATE_LABELS.items()]), default=""
    )
    city = SelectField(_l("City"), default="")
    view = SelectField(
        _l("View"),
        choices=choices([("cards", _l("Cards")), ("table", lazy_pgettext("view", "Table"))]),
        default="cards",
    )

    # Any: WTForms leaves the arguments of a form open.
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.city.choices = [*choices([("", _("All cities"))]), *city_choices()]

    @property
    def filter_args(self) -> dict[str, str]:
        """The filter as it stands in the address; without what is wrong in it."""
        fields = (self.state, self.city)
        return {field.name: field.data for field in fields if field.data and not field.errors}

    @property
    def query_args(self) -> dict[str, str]:
        """The filter with the view, as they stand in the address."""
        return {**self.filter_args, **({"view": "table"} if self.is_table else {})}

    @property
    def is_table(self) -> bool:
        return bool(self.view.data == "table")


#: Former names of alerts, in addresses that people have kept -> those of today.
FORMER_ALERTS = {"low_battery": AlertKind.BATTERY_LOW.value}


class StaffFleetForm(StaffFilterForm):
    state = SelectField(
        _l("State"), choices=choices([("", _l("All states")), *STATE_LABELS.items()]), default=""
    )
    type = SelectField(
        _l("Type"),
        choices=choices([("", _l("All types")), *FORM_FACTOR_LABELS.items()]),
        default="",
    )
    alert = SelectField(
        _l("Alert"),
        choices=choices([("", _l("All vehicles")), *ALERT_LABELS.items()]),
        default="",
        filters=[lambda name: FORMER_ALERTS.get(name, name)],
    )
    q = LineField(
        _l("Brand, colour or street"),
        validators=[Length(max=60, message=TOO_LONG)],
        render_kw={"type": "search"},
    )

    @property
    def states(self) -> tuple[VehicleState, ...]:
        return (VehicleState(self.chosen_state),) if self.chosen_state else tuple(VehicleState)

    @property
    def form_factor(self) -> FormFactor | None:
        """The type to list; None: all, also if the field has an error."""
        chosen: str = self.type.data
        return FormFactor(chosen) if chosen and not self.type.errors else None

    @property
    def alert_kind(self) -> AlertKind | None:
        """The alert whose vehicles to list; None: all vehicles, also if the field has an error."""
        chosen: str = self.alert.data
        return AlertKind(chosen) if chosen and not self.alert.errors else None

    def make_vehicle_filter(self, city: City, *, without_retired: bool = True) -> VehicleFilter:
        """Return the filter that the form describes; fields with an error are left out."""
        words, types = parse_search_text(self._text)
        return VehicleFilter(
            city,
            self.states,
            self.form_factor,
            words=words,
            types=types,
            without_retired=without_retired,
        )

    @property
    def _text(self) -> str:
        return "" if self.q.errors else " ".join((self.q.data or "").replace(",", " ").split())

    @property
    def query_args(self) -> dict[str, str]:
        """The filter as it stands in the address of another page of the list."""
        args = {
            "state": self.chosen_state,
            "type": self.form_factor or "",
            "alert": self.alert_kind or "",
            "q": self._text,
        }
        return {name: value for name, value in args.items() if value}
