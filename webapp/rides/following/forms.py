"""The form of a place that a rider follows."""

from typing import Any

from flask_babel import LazyString
from wtforms import HiddenField, SelectField, SubmitField
from wtforms.validators import DataRequired, Length

from webapp.fleet.forms import RequiredPointForm
from webapp.fleet.labels import FORM_FACTOR_LABELS
from webapp.forms import NEEDED, TOO_LONG, LineField, choices, new_nonce
from webapp.measures import format_distance
from webapp.rides.following.models import MAX_LABEL_LENGTH, RADII_M
from webapp.translations import lazy_gettext as _l


class FollowPlaceForm(RequiredPointForm):
    #: Identifies this form: sent twice, it is followed once.
    nonce = HiddenField(default=new_nonce)
    label = LineField(
        _l("Name"),
        validators=[DataRequired(NEEDED), Length(max=MAX_LABEL_LENGTH, message=TOO_LONG)],
        render_kw={"placeholder": _l("Station")},
    )
    radius_m = SelectField(_l("How near"), coerce=int, default=RADII_M[1])
    form_factor = SelectField(_l("Vehicles"), default="")
    submit = SubmitField(_l("Follow this place"))

    # Any: WTForms leaves the arguments of a form open.
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.radius_m.choices = [(radius, format_distance(radius)) for radius in RADII_M]
        all_types: tuple[str, LazyString] = ("", _l("All types"))
        self.form_factor.choices = choices([all_types, *FORM_FACTOR_LABELS.items()])
