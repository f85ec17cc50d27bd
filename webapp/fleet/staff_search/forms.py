"""The form of the search of staff."""

from wtforms import SelectField
from wtforms.validators import Length, ValidationError

from webapp.forms import TOO_LONG, FilterForm, LineField
from webapp.staff_search import SearchTerm
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l


class StaffSearchForm(FilterForm):
    q = LineField(
        _l("Search"),
        validators=[Length(max=100, message=TOO_LONG)],
        render_kw={
            "type": "search",
            "placeholder": _l("Code, brand, street, rider, ride"),
            "data-search-key": True,
        },
    )
    city = SelectField(_l("City"), default="")
    kind = LineField()

    def validate_q(self, field: LineField) -> None:
        if field.data and not SearchTerm(field.data).words:
            raise ValidationError(_("Type a word."))

    @property
    def text(self) -> str:
        return self.q.data or ""
