"""The forms that close, reopen and archive a city, and the one of its features."""

from datetime import datetime, time
from typing import Any

from wtforms import DateField, SelectField, SubmitField, TimeField
from wtforms.validators import Optional, ValidationError

from webapp.edits import EditForm
from webapp.forms import (
    Form,
    RequiredWhyField,
    WhyField,
    choices,
    refuse_implausible_day,
    refuse_skipped_time,
)
from webapp.ops.cities.labels import FEATURE_LABELS
from webapp.regions.enums import CityFeature
from webapp.regions.models import City
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

ON_OFF = {"on": _l("on"), "off": _l("off")}


class CloseForm(RequiredWhyField, Form):
    """From when on a city is closed, by its own clocks."""

    day = DateField(
        _l("Closed from"),
        description=_l("Empty: from now on."),
        validators=[Optional(), refuse_implausible_day],
    )
    time = TimeField(
        _l("At"),
        format=["%H:%M", "%H:%M:%S"],  # some browsers send seconds
        description=_l("By the clocks of the city. Empty: at midnight, when the day begins."),
        validators=[Optional()],
    )
    submit = SubmitField(_l("Close"))

    # Any: WTForms leaves the arguments of a form open.
    def __init__(self, *args: Any, city: City, **kwargs: Any) -> None:
        self.zone = city.zone
        super().__init__(*args, **kwargs)

    def validate_day(self, field: DateField) -> None:
        if self.closes_at and self.closes_at < datetime.now(self.zone):
            raise ValidationError(_("This is over. Leave it empty to close the city now."))

    def validate_time(self, field: TimeField) -> None:
        if field.data and not any(self.day.raw_data or ()):
            raise ValidationError(_("Choose a day, too."))
        if field.data and self.closes_at:
            refuse_skipped_time(self.closes_at)

    @property
    def closes_at(self) -> datetime | None:
        """When the city closes; None: now."""
        if self.day.data is None:
            return None
        return datetime.combine(self.day.data, self.time.data or time.min, self.zone)


class ReopenForm(RequiredWhyField, Form):
    submit = SubmitField(_l("Open again"))


class ArchiveForm(RequiredWhyField, Form):
    submit = SubmitField(_l("Archive"))


class FeaturesForm(WhyField, EditForm):
    """Whether each feature is on or off."""

    submit = SubmitField(_l("Save"))

    @property
    def features_off(self) -> list[str]:
        return [feature.value for feature in CityFeature if self[feature.value].data == "off"]


for _feature, (_label, _consequence) in FEATURE_LABELS.items():
    setattr(
        FeaturesForm,
        _feature.value,
        SelectField(_label, description=_consequence, choices=choices(ON_OFF.items())),
    )


def make_features_form_data(features_off: list[str]) -> dict[str, str]:
    """Return the data of a FeaturesForm that shows what is off."""
    return {each.value: "off" if each in features_off else "on" for each in CityFeature}
