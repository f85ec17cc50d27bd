"""The shape of a price that staff publish: amounts in major units, steps in numbered rows."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DecimalField, IntegerField, SubmitField
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    ValidationError,
)
from wtforms.widgets import HiddenInput, TextInput

from webapp.fleet.pricing.plan_terms import MOST_MINUTES, MOST_SEGMENTS, BadTerms, Terms
from webapp.fleet.pricing.price import Segment
from webapp.forms import NEEDED, TOO_LONG, LineField, blame
from webapp.money import MoneyField, MoneyForm

STEPS = range(1, MOST_SEGMENTS + 1)
#: A step of a price begins and ends within 30 days.
IN_RANGE = NumberRange(0, 30 * MOST_MINUTES, _l("A whole number of minutes, 30 days at most."))
IN_A_DAY = NumberRange(0, MOST_MINUTES, _l("A whole number of minutes, a day (1440) at most."))


def _minutes(label: Any, in_range: NumberRange = IN_RANGE, **options: Any) -> IntegerField:
    looks = {"inputmode": "numeric", "autocomplete": "off"}
    checks = [Optional(), in_range]
    return IntegerField(label, checks, widget=TextInput(), render_kw=looks, **options)


class PlanForm(MoneyForm):
    """``step(n)`` are the fields of a row; ``terms`` is what all of it says."""

    name = LineField(
        _l("Name"),
        description=_l("Riders read it on their receipts."),
        validators=[DataRequired(NEEDED), Length(max=60, message=TOO_LONG)],
    )
    unlock_fee = MoneyField(_l("Unlocking"), validators=[InputRequired(NEEDED)])
    daily_cap = MoneyField(
        _l("At most in 24 hours"),
        description=_l("Of unlocking and riding. Empty: there is no such limit."),
    )
    parking_fee = MoneyField(
        _l("Ending where parking is not allowed"),
        description=_l("Empty: rides cannot end there."),
    )
    reserve_min = _minutes(
        _l("Reserved without a charge, minutes"), IN_A_DAY, description=_l("0: not possible.")
    )
    reservation_rate = MoneyField(_l("Each further minute reserved"))
    reserve_max_min = _minutes(
        _l("Reserved at most, minutes"),
        IN_A_DAY,
        description=_l("Empty: no longer than without a charge."),
    )
    tax = DecimalField(
        _l("Tax, percent"),
        validators=[Optional(), NumberRange(0, 100, _l("A tax lies between 0 and 100 percent."))],
        places=None,
        render_kw={"inputmode": "decimal", "autocomplete": "off"},
        widget=TextInput(),
    )
    tax_included = BooleanField(_l("All the prices hold the tax already"))
    #: The version that was current when the form was filled.
    after = IntegerField(
        widget=HiddenInput(), validators=[InputRequired(), NumberRange(0, 2**31 - 2)]
    )
    preview = SubmitField(_l("Preview"))
    publish = SubmitField(_l("Publish"))

    def __init__(self, *args: Any, type_: tuple[str, str], **kwargs: Any) -> None:
        self.type = type_
        super().__init__(*args, **kwargs)

    def step(self, n: int) -> list[Any]:
        """Return the fields of row ``n``: rate, interval, start, end."""
        return [self[f"{name}_{n}"] for name in ("rate", "interval", "start", "end")]

    def validate_tax(self, field: Any) -> None:
        if (field.data or 0) * 10_000 % 1:
            raise ValidationError(_("Four decimals at most."))

    def validate(self, extra_validators: object = None) -> bool:
        if not super().validate(extra_validators):
            return False
        try:
            self.terms = self._terms()
        except BadTerms as refusal:
            blame(self, refusal)
            return False
        return True

    def _terms(self) -> Terms:
        form_factor, propulsion_type = self.type
        free = self.reserve_min.data or 0
        longest = self.reserve_max_min.data
        return Terms(
            name=self.name.data,
            form_factor=form_factor,
            propulsion_type=propulsion_type,
            unlock_fee=self.unlock_fee.data,
            segments=tuple(filter(None, map(self._segment, STEPS))),
            reserve_min=free,
            reservation_rate=self.reservation_rate.data or 0,
            reserve_max_min=free if longest is None else longest,
            daily_cap=self.daily_cap.data,
            parking_fee=self.parking_fee.data,
            tax_ppm=int((self.tax.data or Decimal()) * 10_000),
            tax_included=self.tax_included.data,
        )

    def _segment(self, n: int) -> Segment | None:
        rate, interval, start, end = (field.data for field in self.step(n))
        if rate is None:
            if (interval, start, end) == (None, None, None):
                return None
            raise BadTerms(f"rate_{n}", str(NEEDED))
        every = 1 if interval is None else interval
        try:
            return Segment(start or 0, rate, every, end)
        except ValueError:
            raise BadTerms(f"end_{n}", _("It ends after it begins.")) from None


for _n in STEPS:
    setattr(PlanForm, f"rate_{_n}", MoneyField(_l("Price")))
    setattr(PlanForm, f"interval_{_n}", _minutes(_l("each … minutes"), description=_l("0: once")))
    setattr(PlanForm, f"start_{_n}", _minutes(_l("from minute")))
    setattr(PlanForm, f"end_{_n}", _minutes(_l("until minute")))


def filled(terms: Terms, after: int) -> dict[str, Any]:
    """Return the data of a PlanForm that says these terms."""
    steps = {
        f"{name}_{n}": value
        for n, segment in enumerate(terms.segments, 1)
        for name, value in asdict(segment).items()
    }
    tax = (Decimal(terms.tax_ppm) / 10_000).normalize()
    return {**terms.columns(), **steps, "tax": Decimal(f"{tax:f}"), "after": after}
