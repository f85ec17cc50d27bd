"""The forms of cities."""

from functools import cache
from zoneinfo import available_timezones

from babel.numbers import is_currency
from wtforms import SelectField, SubmitField
from wtforms.validators import DataRequired, Length, ValidationError

from webapp.edits import EditForm
from webapp.fleet.forms import RequiredPointForm
from webapp.forms import NEEDED, TOO_LONG, LineField, WhyField
from webapp.ops.cities.services import CityData, make_city_name
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

#: Of ``cities.label``, characters.
MAX_LABEL_LENGTH = 64
#: They are pages beside those of the cities.
RESERVED_NAMES = {"new"}


class CityForm(WhyField, RequiredPointForm, EditForm):
    """What can be changed about a city."""

    _missing_point = _l("Tap the map at the centre of the city, or enter the coordinates.")

    label = LineField(
        _l("Name"),
        validators=[DataRequired(NEEDED), Length(max=MAX_LABEL_LENGTH, message=TOO_LONG)],
    )
    timezone = LineField(
        _l("Time zone"),
        description=_l("Its name in the IANA database, for example Europe/Paris."),
        validators=[DataRequired(NEEDED)],
        render_kw={"list": "timezones"},
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
        if field.data not in list_timezones():
            raise ValidationError(_("There is no time zone with this name. Try Europe/Paris."))

    @property
    def data_of_city(self) -> CityData:
        return CityData(self.label.data, self.timezone.data, self.lat.data, self.lon.data)


class NewCityForm(CityForm):
    """The same, and what stays as it is once the city is open."""

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


@cache
def list_timezones() -> list[str]:
    """Return the names of all time zones."""
    return sorted(available_timezones())
