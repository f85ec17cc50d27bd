"""The form of a place that a rider saves."""

from wtforms import SubmitField
from wtforms.validators import DataRequired, Length

from webapp.fleet.favourites.models import MAX_LABEL_LENGTH
from webapp.fleet.forms import RequiredPointForm
from webapp.forms import NEEDED, TOO_LONG, LineField
from webapp.translations import lazy_gettext as _l


class PlaceForm(RequiredPointForm):
    label = LineField(
        _l("Name"),
        validators=[DataRequired(NEEDED), Length(max=MAX_LABEL_LENGTH, message=TOO_LONG)],
        render_kw={"placeholder": _l("Home")},
    )
    submit = SubmitField(_l("Save place"))
