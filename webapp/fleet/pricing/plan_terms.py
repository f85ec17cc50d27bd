"""What staff say about a price before it is published, and what nobody may say."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _

from webapp.errors import DomainError
from webapp.fleet.enums import FormFactor, PropulsionType
from webapp.fleet.pricing.price import Segment, Tariff, quote

MOST_SEGMENTS = 4
MOST_MINUTES = 24 * 60
#: A ride as long as this, and left in the wrong place, must have a price that can be written down.
LONGEST_RIDE = timedelta(days=30)
MOST = 2**31 - 1


class BadTerms(DomainError):
    """``field`` is one of Terms."""

    status = 422

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field=field)
        self.field, self.message = field, message


@dataclass(frozen=True)
class Terms:
    """The terms of a plan, as the columns of PricingPlan say them; money in minor units.

    Raises BadTerms in words for people.
    """

    name: str
    form_factor: str = ""
    propulsion_type: str = ""
    unlock_fee: int = 0
    segments: tuple[Segment, ...] = ()
    reserve_min: int = 0
    reservation_rate: int = 0
    reserve_max_min: int = 0
    daily_cap: int | None = None
    parking_fee: int | None = None
    tax_ppm: int = 0
    tax_included: bool = True

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= 60:
            raise BadTerms("name", _("A plan has a name of 60 characters at most."))
        self._check_type()
        self._check_money()
        self._check_reserving()
        if not 0 <= self.tax_ppm <= 1_000_000:
            raise BadTerms("tax_ppm", _("A tax lies between 0 and 100 percent."))

    def tariff(self, currency: str = "XXX") -> Tariff:
        """Return what the price of a ride would follow from."""
        return Tariff(
            currency,
            self.unlock_fee,
            self.segments,
            self.daily_cap,
            self.tax_ppm,
            self.tax_included,
        )

    def columns(self) -> dict[str, Any]:
        return {**asdict(self), "segments": [asdict(segment) for segment in self.segments]}

    def _check_type(self) -> None:
        known = self.form_factor in ("", *FormFactor)
        if not known or self.propulsion_type not in ("", *PropulsionType):
            raise BadTerms("form_factor", _("There are no vehicles of that type."))
        if self.propulsion_type and not self.form_factor:
            raise BadTerms("propulsion_type", _("A propulsion needs a form factor beside it."))

    def _check_money(self) -> None:
        for field in ("unlock_fee", "reservation_rate", "daily_cap", "parking_fee"):
            if (getattr(self, field) or 0) < 0:
                raise BadTerms(field, _("A price is not below nought."))
        if len(self.segments) > MOST_SEGMENTS:
            most = _("A plan has %(n)d steps at most.", n=MOST_SEGMENTS)
            raise BadTerms("segments", most)
        longest = quote(self.tariff(), LONGEST_RIDE, self.parking_fee or 0)
        if max(longest.total, self.daily_cap or 0) > MOST:
            raise BadTerms("segments", _("That is too much: a ride of 30 days must have a price."))

    def _check_reserving(self) -> None:
        if not 0 <= self.reserve_min <= self.reserve_max_min <= MOST_MINUTES:
            words = _("Not less than the free minutes, and a day (1440 minutes) at most.")
            raise BadTerms("reserve_max_min", words)
        if self.reservation_rate * MOST_MINUTES > MOST:
            raise BadTerms("reservation_rate", _("That is too much for a minute."))
