"""The form of a place by its name."""

from wtforms.validators import DataRequired, Length

from webapp.forms import NEEDED, TOO_LONG, FilterForm, LineField
from webapp.translations import lazy_gettext as _l


class PlaceForm(FilterForm):
    q = LineField(
        _l("Place or address"),
        validators=[DataRequired(NEEDED), Length(max=100, message=TOO_LONG)],
        render_kw={"type": "search", "placeholder": _l("Place or address")},
    )
