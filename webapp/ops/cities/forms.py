"""The forms of cities."""

from collections.abc import Mapping
from dataclasses import asdict
from zoneinfo import available_timezones

from babel.numbers import is_currency
from wtforms import IntegerField, SelectField, SubmitField
from wtforms.validators import DataRequired, Length, NumberRange, Optional, ValidationError

from webapp.edits import EditForm
from webapp.fleet.forms import RequiredPointForm
from webapp.forms import NEEDED, TOO_LONG, LineField, WhyField
from webapp.label_fields import LabelFields, add_label_fields, label_data
from webapp.ops.cities.services import CityData, make_city_name
from webapp.regions.city_names import find_cldr_name
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

#: Of the name of a city, characters.
MAX_LABEL_LENGTH = 64
_LABEL_LENGTH = Length(max=MAX_LABEL_LENGTH, message=TOO_LONG)
MAX_MINIMUM_AGE = 30
#: They are pages beside those of the cities.
RESERVED_NAMES = {"new"}


class CityForm(LabelFields, WhyField, RequiredPointForm, EditForm):
    """What can be changed about a city. ``add_label_fields`` makes the form that is used."""

    _missing_point = _l("Tap the map at the centre of the city, or enter the coordinates.")

    label = LineField(
        _l("Name"),
        validators=[DataRequired(NEEDED), _LABEL_LENGTH],
    )
    timezone = LineField(
        _l("Time zone"),
        description=_l("Its name in the IANA database, for example Europe/Paris."),
        validators=[DataRequired(NEEDED)],
        render_kw={"list": "timezones"},
    )
    minimum_age = IntegerField(
        _l("Minimum age"),
        description=_l(
            "How old riders must be, in years; empty if it does not matter. They are asked for"
            " their date of birth before their next ride here."
        ),
        validators=[
            Optional(),
            NumberRange(1, MAX_MINIMUM_AGE, _l("Enter a number from %(min)d to %(max)d.")),
        ],
        render_kw={"inputmode": "numeric"},
    )
    submit = SubmitField(_l("Save"))

    def validate_label(self, field: LineField) -> None:
        name = make_city_name(field.data)
        if "/" in name:
            raise ValidationError(_("Use a name without a slash."))
        if name in RESERVED_NAMES:
            raise ValidationError(_("MovR uses this name for a page. Use another one."))
        if len(name) > MAX_LABEL_LENGTH:  # some letters are two in lower case
            raise ValidationError(str(TOO_LONG) % {"max": MAX_LABEL_LENGTH})

    def validate_timezone(self, field: LineField) -> None:
        if field.data not in available_timezones():
            raise ValidationError(_("There is no time zone with this name. Try Europe/Paris."))

    def make_data(self, former_labels: Mapping[str, str]) -> CityData:
        """Return what was typed."""
        return CityData(
            self.label.data,
            self.timezone.data,
            self.lat.data,
            self.lon.data,
            self.minimum_age.data,
            self.read_labels(former_labels),
        )


class NewCityForm(CityForm):
    """The form of a city, with what never changes once the city is open."""

    currency = LineField(
        _l("Currency"),
        description=_l("Three letters, for example EUR. It cannot be changed later."),
        validators=[DataRequired(NEEDED)],
    )
    region = SelectField(
        _l("Region of the database"),
        description=_l("Where the data of the city is stored."),
    )
    submit = SubmitField(_l("Open the city"))

    def validate_currency(self, field: LineField) -> None:
        field.data = field.data.upper()
        if not is_currency(field.data):
            raise ValidationError(_("There is no such currency. Enter three letters, like EUR."))


def make_new_city_form() -> NewCityForm:
    """Return the form of a city that is opened."""
    return add_label_fields(NewCityForm, MAX_LABEL_LENGTH)()


def make_city_form(data: CityData, **options: object) -> CityForm:
    """Return the form that shows a city, or what was typed. options: of a form, ``formdata``."""
    form_class = add_label_fields(CityForm, MAX_LABEL_LENGTH)
    form = form_class(**options, data={**asdict(data), **label_data(data.labels)})
    for language, label_field in form.label_fields.items():
        cldr_label = find_cldr_name(data.label, data.timezone, language)
        label_field.render_kw = {**label_field.render_kw, "placeholder": cldr_label}
    return form
