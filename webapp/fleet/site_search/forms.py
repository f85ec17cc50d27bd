"""The form of the search of everybody."""

from wtforms import SelectField
from wtforms.validators import Length

from webapp.fleet.site_search.matching import Kind
from webapp.forms import TOO_LONG, FilterForm, LineField, choices
from webapp.translations import lazy_gettext as _l

KIND_LABELS = {
    Kind.HELP: _l("Help"),
    Kind.NOTICE: _l("Notices"),
    Kind.PLACE: _l("Places"),
    Kind.TERMS: _l("Terms and privacy"),
}


class SiteSearchForm(FilterForm):
    q = LineField(
        _l("Search"),
        validators=[Length(max=100, message=TOO_LONG)],
        render_kw={"type": "search", "placeholder": _l("A word, a street or a city")},
    )
    #: Only this kind, and all of it. '': some of each.
    kind = SelectField(choices=choices([("", ""), *KIND_LABELS.items()]), default="")

    @property
    def question(self) -> str:
        return "" if self.q.errors else self.q.data or ""

    @property
    def chosen_kind(self) -> Kind | None:
        return Kind(self.kind.data) if self.kind.data else None
