"""The form of the page of places."""

from wtforms import SelectField

from webapp.forms import choices
from webapp.numbers.forms import MonthForm
from webapp.numbers.places.enums import PlaceView
from webapp.numbers.places.labels import VIEW_LABELS
from webapp.translations import lazy_gettext as _l


class PlacesForm(MonthForm):
    """What is shown of places, too."""

    show = SelectField(
        _l("Show"),
        choices=choices((view, label) for view, (label, _definition) in VIEW_LABELS.items()),
        default=PlaceView.STARTS.value,
    )

    @property
    def view(self) -> PlaceView:
        return PlaceView.STARTS if self.show.errors else PlaceView(self.show.data)

    @property
    def query_args(self) -> dict[str, str]:
        """What was chosen, as it stands in an address."""
        return {**super().query_args, "show": self.view.value}
