"""The form of the page of numbers."""

from wtforms import SelectField

from webapp.fleet.enums import FormFactor
from webapp.fleet.labels import FORM_FACTOR_LABELS
from webapp.forms import FilterForm, choices
from webapp.numbers.enums import Period
from webapp.numbers.labels import RANGE_LABELS
from webapp.numbers.ranges import PERIODS, RangeName
from webapp.translations import lazy_gettext as _l


class NumbersForm(FilterForm):
    """Of which city, of which time and of which vehicles the numbers are."""

    city = SelectField(_l("City"))
    range = SelectField(
        _l("Time"), choices=choices(RANGE_LABELS.items()), default=RangeName.MONTH.value
    )
    type = SelectField(
        _l("Type"),
        choices=choices([("", _l("All types")), *FORM_FACTOR_LABELS.items()]),
        default="",
    )

    def hide_hours(self) -> None:
        """Offer only times that consist of days or months."""
        self.range.choices = choices(
            item for item in RANGE_LABELS.items() if PERIODS[item[0]][0] is not Period.HOUR
        )

    @property
    def range_name(self) -> RangeName:
        """The time; 30 days if the field has an error."""
        return RangeName.MONTH if self.range.errors else RangeName(self.range.data)

    @property
    def form_factor(self) -> FormFactor | None:
        """The type of vehicles; None: all, also if the field has an error."""
        chosen: str = self.type.data
        return FormFactor(chosen) if chosen and not self.type.errors else None

    @property
    def query_args(self) -> dict[str, str]:
        """What was chosen, as it stands in an address."""
        args = {"city": self.city.data, "range": self.range_name, "type": self.form_factor or ""}
        return {name: value for name, value in args.items() if value}
