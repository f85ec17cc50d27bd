"""The form of the page of places."""

from collections.abc import Sequence
from datetime import datetime

from wtforms import SelectField

from webapp.forms import choices
from webapp.numbers.enums import Period
from webapp.numbers.forms import CityForm
from webapp.numbers.labels import format_period
from webapp.numbers.places.enums import PlaceView
from webapp.numbers.places.labels import VIEW_LABELS
from webapp.regions.models import City
from webapp.translations import lazy_gettext as _l


class PlacesForm(CityForm):
    """Of which city, month and vehicles the places are, and what is shown of them."""

    month = SelectField(_l("Month"))
    show = SelectField(
        _l("Show"),
        choices=choices((view, label) for view, (label, _definition) in VIEW_LABELS.items()),
        default=PlaceView.STARTS.value,
    )

    def offer_months(self, months: Sequence[datetime], usual: datetime, city: City) -> None:
        """Offer months, the newest first.

        usual: which of them is chosen if none was.
        """
        self.months = {f"{each.astimezone(city.zone):%Y-%m}": each for each in reversed(months)}
        self.month.choices = choices(
            (name, format_period(start, city, Period.MONTH)) for name, start in self.months.items()
        )
        self.usual_month = f"{usual.astimezone(city.zone):%Y-%m}"
        if not self.month.raw_data:
            self.month.data = self.usual_month

    @property
    def month_at(self) -> datetime:
        """When the month begins; a usual one if the field has an error."""
        return self.months[self.usual_month if self.month.errors else self.month.data]

    @property
    def view(self) -> PlaceView:
        return PlaceView.STARTS if self.show.errors else PlaceView(self.show.data)

    @property
    def query_args(self) -> dict[str, str]:
        """What was chosen, as it stands in an address."""
        chosen = {"month": f"{self.month.data}", "show": self.view.value}
        return {**super().query_args, **chosen}
