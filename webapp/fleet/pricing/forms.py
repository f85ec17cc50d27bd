"""The form of a pricing plan: amounts in major units, and a numbered row for each segment."""

from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from wtforms import BooleanField, Field, IntegerField, SubmitField
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    ValidationError,
)
from wtforms.widgets import TextInput

from webapp.edits import EditForm
from webapp.fleet.pricing.models import MAX_NAME_LENGTH
from webapp.fleet.pricing.plan_terms import (
    MAX_FARE_CAP_MIN,
    MAX_PRICED_DURATION,
    MAX_RESERVATION_MIN,
    MAX_SEGMENTS,
    InvalidTerms,
    PlanTerms,
    PlanType,
)
from webapp.fleet.pricing.quotes import MINUTES_PER_DAY, Segment
from webapp.forms import NEEDED, TOO_LONG, LineField, PercentField, WhyField, add_refusal
from webapp.label_fields import LabelFields, add_label_fields, label_data
from webapp.money import MoneyField, MoneyForm
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

SEGMENT_NUMBERS = range(1, MAX_SEGMENTS + 1)
#: Of the fields of a segment, in the order of Segment.
SEGMENT_FIELDS = ("start", "rate", "interval", "end")

SEGMENT_RANGE = NumberRange(
    0,
    MAX_PRICED_DURATION.days * MINUTES_PER_DAY,
    _l("A whole number of minutes, %(days)d days at most.", days=MAX_PRICED_DURATION.days),
)
FARE_CAP_RANGE = NumberRange(
    1,
    MAX_FARE_CAP_MIN,
    _l("A whole number of minutes, %(days)d days at most.", days=MAX_PRICED_DURATION.days),
)
RESERVATION_RANGE = NumberRange(
    0, MAX_RESERVATION_MIN, _l("A whole number of minutes, a day (%(max)d) at most.")
)


# Any: WTForms leaves the options of a field open.
def _make_minutes(label: str, limits: NumberRange = SEGMENT_RANGE, **options: Any) -> IntegerField:
    attributes = {"inputmode": "numeric", "autocomplete": "off"}
    validators = [Optional(), limits]
    return IntegerField(label, validators, widget=TextInput(), render_kw=attributes, **options)


class PlanForm(LabelFields, WhyField, MoneyForm, EditForm):
    """After ``validate``, ``terms`` is what was typed in all fields together.

    ``make_plan_form`` makes the form that is used.
    """

    name = LineField(
        _l("Name"),
        description=_l("Riders see it on their receipts."),
        validators=[DataRequired(NEEDED), Length(max=MAX_NAME_LENGTH, message=TOO_LONG)],
    )
    unlock_fee = MoneyField(_l("Unlocking"), validators=[InputRequired(NEEDED)])
    fare_cap = MoneyField(
        _l("Fare cap"),
        description=_l("The most that unlocking and riding cost. Empty: there is no limit."),
    )
    fare_cap_min = _make_minutes(
        _l("of each … minutes"), FARE_CAP_RANGE, description=_l("Empty: a day.")
    )
    parking_fee = MoneyField(
        _l("Fee for parking where it is not allowed"),
        description=_l("Empty: rides can't end there."),
    )
    reserve_min = _make_minutes(
        _l("Free reservation, minutes"),
        RESERVATION_RANGE,
        description=_l("0: can't be reserved."),
    )
    reservation_rate = MoneyField(_l("Each extra minute reserved"))
    reserve_max_min = _make_minutes(
        _l("Longest reservation, minutes"),
        RESERVATION_RANGE,
        description=_l("Empty: the free minutes only."),
    )
    tax = PercentField(
        _l("Tax, percent"),
        validators=[Optional(), NumberRange(0, 100, _l("Enter a tax between 0 and 100 percent."))],
    )
    tax_included = BooleanField(_l("All prices include tax"))
    #: Of the calculator beside the form: what a ride of so long costs. It is not part of the plan.
    ride_min = _make_minutes(_l("Minutes of riding"), default=20)
    preview = SubmitField(_l("Preview"))
    publish = SubmitField(_l("Publish"))

    # Any: WTForms leaves the arguments of a form open.
    def __init__(self, *args: Any, plan_type: PlanType, **kwargs: Any) -> None:
        self.plan_type = plan_type
        super().__init__(*args, **kwargs)

    def value_fields(self) -> Iterator[Field]:
        return (each for each in super().value_fields() if each is not self.ride_min)

    def segment_fields(self) -> Iterator[tuple[int, list[Field]]]:
        """Yield the number of each segment and its fields: rate, interval, start, end."""
        for n in SEGMENT_NUMBERS:
            yield n, [self[f"{name}_{n}"] for name in ("rate", "interval", "start", "end")]

    def validate_tax(self, field: PercentField) -> None:
        # The remainder of a number that is out of range may not be computable.
        if not field.errors and (field.data or 0) * 10_000 % 1:
            raise ValidationError(_("Use at most four decimals."))

    def validate(self, extra_validators: object = None) -> bool:
        if not super().validate(extra_validators):
            return False
        try:
            self.terms = self._read_terms()
        except InvalidTerms as error:
            add_refusal(self, error)
            return False
        return True

    def _read_terms(self) -> PlanTerms:
        form_factor, propulsion_type = self.plan_type
        reserve_min = self.reserve_min.data or 0
        reserve_max_min = self.reserve_max_min.data
        return PlanTerms(
            name=self.name.data,
            form_factor=form_factor,
            propulsion_type=propulsion_type,
            unlock_fee=self.unlock_fee.data,
            segments=tuple(filter(None, map(self._read_segment, SEGMENT_NUMBERS))),
            reserve_min=reserve_min,
            reservation_rate=self.reservation_rate.data or 0,
            reserve_max_min=reserve_min if reserve_max_min is None else reserve_max_min,
            fare_cap=self.fare_cap.data,
            fare_cap_min=self.fare_cap_min.data or MINUTES_PER_DAY,
            parking_fee=self.parking_fee.data,
            tax_ppm=int((self.tax.data or Decimal()) * 10_000),
            tax_included=self.tax_included.data,
            labels=self.read_labels({}),
        )

    def _read_segment(self, n: int) -> Segment | None:
        start, rate, interval, end = (self[f"{name}_{n}"].data for name in SEGMENT_FIELDS)
        if rate is None:
            if (start, interval, end) == (None, None, None):
                return None
            raise InvalidTerms(f"rate_{n}", str(NEEDED))
        try:
            return Segment(start or 0, rate, 1 if interval is None else interval, end)
        except ValueError:
            raise InvalidTerms(f"end_{n}", _("It must end after it starts.")) from None


for _n in SEGMENT_NUMBERS:
    setattr(PlanForm, f"rate_{_n}", MoneyField(_l("Price")))
    setattr(
        PlanForm,
        f"interval_{_n}",
        _make_minutes(_l("each … minutes"), description=_l("0: once")),
    )
    setattr(PlanForm, f"start_{_n}", _make_minutes(_l("from minute")))
    setattr(PlanForm, f"end_{_n}", _make_minutes(_l("until minute")))


# Any: WTForms leaves the arguments of a form open.
def make_plan_form(*args: Any, **kwargs: Any) -> PlanForm:
    """Return the form of a plan, with a name in each language."""
    return add_label_fields(PlanForm, MAX_NAME_LENGTH)(*args, **kwargs)


def plan_form_data(terms: PlanTerms) -> dict[str, object]:
    """Return the data of a PlanForm that shows these terms."""
    segments = {
        f"{name}_{n}": value
        for n, segment in enumerate(terms.segments, 1)
        for name, value in asdict(segment).items()
    }
    tax = (Decimal(terms.tax_ppm) / 10_000).normalize()
    return {
        **terms.columns(),
        **segments,
        **label_data(terms.labels),
        "tax": Decimal(f"{tax:f}"),  # without an exponent
    }
