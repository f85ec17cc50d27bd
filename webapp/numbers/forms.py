"""The form of the page of numbers."""

from collections.abc import Collection, Sequence
from datetime import datetime

from wtforms import SelectField

from webapp.fleet.enums import FormFactor
from webapp.fleet.labels import FORM_FACTOR_LABELS
from webapp.forms import FilterForm, choices
from webapp.numbers.enums import Period
from webapp.numbers.labels import RANGE_LABELS, format_period
from webapp.numbers.ranges import PERIODS, RangeName
from webapp.regions.models import City
from webapp.translations import lazy_gettext as _l


class CityForm(FilterForm):
    """Of which city and of which vehicles the numbers are."""

    city = SelectField(_l("City"))
    type = SelectField(
        _l("Type"),
        choices=choices([("", _l("All types")), *FORM_FACTOR_LABELS.items()]),
        default="",
    )

    @property
    def form_factor(self) -> FormFactor | None:
        """The type of vehicles; None: all, also if the field has an error."""
        chosen: str = self.type.data
        return FormFactor(chosen) if chosen and not self.type.errors else None

    @property
    def query_args(self) -> dict[str, str]:
        """What was chosen, as it stands in an address."""
        args = {"city": self.city.data, "type": self.form_factor or ""}
        return {name: value for name, value in args.items() if value}


class NumbersForm(CityForm):
    """Of which time, too."""

    usual_range: RangeName

    range = SelectField(_l("Period"))

    def offer_periods(self, periods: Collection[Period]) -> None:
        """Offer only times that consist of these, and choose one of them if none was chosen."""
        offered = [name for name in RANGE_LABELS if PERIODS[name][0] in periods]
        self.range.choices = choices((name, RANGE_LABELS[name]) for name in offered)
        self.usual_range = RangeName.MONTH if RangeName.MONTH in offered else offered[-1]
        if not self.range.raw_data:
            self.range.data = self.usual_range.value

    @property
    def range_name(self) -> RangeName:
        """The time; a usual one if the field has an error."""
        return self.usual_range if self.range.errors else RangeName(self.range.data)

    @property
    def query_args(self) -> dict[str, str]:
        """What was chosen, as it stands in an address."""
        return {**super().query_args, "range": self.range_name}


class MonthForm(CityForm):
    """Of which month, too."""

    month = SelectField(_l("Month"))

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
    def query_args(self) -> dict[str, str]:
        """What was chosen, as it stands in an address."""
        return {**super().query_args, "month": f"{self.month.data}"}
