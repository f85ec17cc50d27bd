"""The terms of a pricing plan before it is published, and the limits that they must keep."""

import dataclasses
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta

from webapp.errors import DomainError
from webapp.fleet.enums import FormFactor, PropulsionType
from webapp.fleet.pricing.models import MAX_NAME_LENGTH, PricingPlan
from webapp.fleet.pricing.quotes import MINUTES_PER_DAY, Segment, Tariff, quote_ride
from webapp.translations import gettext as _

#: Form factor and propulsion type of the vehicles that a plan is for; '' stands for any.
PlanType = tuple[str, str]

MAX_SEGMENTS = 4
#: The longest reservation, minutes.
MAX_RESERVATION_MIN = MINUTES_PER_DAY
#: The price of a ride of this duration must fit into the database.
MAX_PRICED_DURATION = timedelta(days=30)
#: The longest period of a fare cap, minutes.
MAX_FARE_CAP_MIN = MAX_PRICED_DURATION.days * MINUTES_PER_DAY
#: The largest amount of a plan, minor units: programs that read JSON know integers up to it, and
#: sums of a thousand of them fit into the database.
MAX_STORED_AMOUNT = 2**53 - 1


class InvalidTerms(DomainError):
    """``field`` is the attribute of PlanTerms that is wrong; the message is for people."""

    status = 422

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field=field)
        self.field, self.message = field, message


@dataclass(frozen=True)
class PlanTerms:
    """The terms of a plan, named as the columns of PricingPlan; money in minor units.

    Raises InvalidTerms.
    """

    name: str
    form_factor: str = ""
    propulsion_type: str = ""
    unlock_fee: int = 0
    segments: tuple[Segment, ...] = ()
    reserve_min: int = 0
    reservation_rate: int = 0
    reserve_max_min: int = 0
    fare_cap: int | None = None
    fare_cap_min: int = MINUTES_PER_DAY
    parking_fee: int | None = None
    tax_ppm: int = 0
    tax_included: bool = True
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        names = (self.name, *self.labels.values())
        if not all(1 <= len(name) <= MAX_NAME_LENGTH for name in names):
            problem = _("Enter a name of at most %(n)d characters.", n=MAX_NAME_LENGTH)
            raise InvalidTerms("name", problem)
        check_plan_type(self.form_factor, self.propulsion_type)
        self._check_amounts()
        self._check_reservation()
        if not 0 <= self.tax_ppm <= 1_000_000:
            raise InvalidTerms("tax_ppm", _("Enter a tax between 0 and 100 percent."))

    @classmethod
    def from_plan(cls, plan: PricingPlan) -> "PlanTerms":
        """Return the terms of a plan."""
        fields = {name: getattr(plan, name) for name in cls.__dataclass_fields__}
        return cls(**{**fields, "segments": plan.tariff.segments})

    @property
    def plan_type(self) -> PlanType:
        return self.form_factor, self.propulsion_type

    def columns(self) -> dict[str, object]:
        """Return the values of the columns of PricingPlan."""
        return {**asdict(self), "segments": [asdict(segment) for segment in self.segments]}

    def _check_amounts(self) -> None:
        for field in ("unlock_fee", "reservation_rate", "fare_cap", "parking_fee"):
            if (getattr(self, field) or 0) < 0:
                raise InvalidTerms(field, _("A price can't be negative."))
        if len(self.segments) > MAX_SEGMENTS:
            problem = _("A plan can have at most %(n)d steps.", n=MAX_SEGMENTS)
            raise InvalidTerms("segments", problem)
        if not 1 <= self.fare_cap_min <= MAX_FARE_CAP_MIN:
            days = MAX_PRICED_DURATION.days
            problem = _("A whole number of minutes, %(days)d days at most.", days=days)
            raise InvalidTerms("fare_cap_min", problem)
        longest = quote_ride(self._make_tariff(), MAX_PRICED_DURATION, self.parking_fee or 0)
        if max(longest.total, self.fare_cap or 0) > MAX_STORED_AMOUNT:
            days = MAX_PRICED_DURATION.days
            problem = _(
                "Too high: the price of a %(days)d-day ride could not be stored.", days=days
            )
            raise InvalidTerms("segments", problem)

    def _make_tariff(self) -> Tariff:
        return Tariff(
            "XXX",
            self.unlock_fee,
            self.segments,
            self.fare_cap,
            self.fare_cap_min,
            self.tax_ppm,
            self.tax_included,
        )

    def _check_reservation(self) -> None:
        if not 0 <= self.reserve_min <= self.reserve_max_min <= MAX_RESERVATION_MIN:
            problem = _(
                "Not less than the free minutes, and a day (%(n)d minutes) at most.",
                n=MAX_RESERVATION_MIN,
            )
            raise InvalidTerms("reserve_max_min", problem)
        if self.reservation_rate * MAX_RESERVATION_MIN > MAX_STORED_AMOUNT:
            raise InvalidTerms("reservation_rate", _("Too high for one minute."))


def check_plan_type(form_factor: str, propulsion_type: str) -> None:
    """Check that a plan can be for these vehicles; raises InvalidTerms."""
    if form_factor not in ("", *FormFactor) or propulsion_type not in ("", *PropulsionType):
        raise InvalidTerms("form_factor", _("There is no such vehicle type."))
    if propulsion_type and not form_factor:
        raise InvalidTerms("propulsion_type", _("A propulsion needs a form factor beside it."))
