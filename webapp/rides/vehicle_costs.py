"""What a vehicle has earned and cost, by month, for its managers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.regions.catalogue import city_or_404
from webapp.rides.history import subtract_months
from webapp.rides.vehicle_cost_sums import MonthSums, vehicle_costs_query
from webapp.web.roles import Permission

#: How many months are shown, with the one that is not over.
MONTHS = 12


@dataclass
class Costs:
    """Numbers of a vehicle; amounts of money by currency, in minor units."""

    rides: int = 0
    tasks: int = 0
    minutes: int = 0
    parts: int = 0
    revenue: Counter[str] = field(default_factory=Counter)
    refunds: Counter[str] = field(default_factory=Counter)
    part_costs: Counter[str] = field(default_factory=Counter)

    @property
    def net(self) -> Counter[str]:
        """Revenue without refunds and parts; it may be negative."""
        net = Counter(self.revenue)
        net.subtract(self.refunds)
        net.subtract(self.part_costs)
        return net

    def add(self, sums: MonthSums) -> None:
        self.rides += sums.rides or 0
        self.tasks += sums.tasks or 0
        self.minutes += sums.minutes or 0
        self.parts += sums.parts or 0
        for amounts, amount in (
            (self.revenue, sums.revenue),
            (self.refunds, sums.refunds),
            (self.part_costs, sums.part_costs),
        ):
            if amount and sums.currency:
                amounts[sums.currency] += amount


@dataclass(frozen=True)
class VehicleCosts:
    """What a vehicle has earned and cost in the last ``MONTHS``."""

    vehicle: Vehicle
    #: By the first day of the month, the newest first.
    months: dict[date, Costs]
    total: Costs = field(default_factory=Costs)
    #: By the name of the part.
    parts: dict[str, Costs] = field(default_factory=dict)

    @property
    def most_used_parts(self) -> list[tuple[str, Costs]]:
        """The names of the parts with their numbers, the most used first."""
        return sorted(self.parts.items(), key=lambda part: (-part[1].parts, part[0]))


def get_vehicle_costs(staff: User, vehicle_key: RowKey) -> VehicleCosts:
    """Return what a vehicle has earned and cost in the cities of a member of staff.

    Raises NotFound, also for a vehicle in another city.
    """
    cities = staff.cities_with_permission(Permission.VIEW_VEHICLE_COSTS)
    since = datetime.now(UTC) - timedelta(days=31 * MONTHS)
    rows = db.session.execute(vehicle_costs_query(vehicle_key, cities, since)).all()
    if not rows or (cities is not None and rows[0][0].city not in cities):
        raise NotFound
    return _add_up(rows[0][0], (MonthSums(*sums) for _, *sums in rows if sums[0]))


def _add_up(vehicle: Vehicle, rows: Iterable[MonthSums]) -> VehicleCosts:
    today = datetime.now(city_or_404(vehicle.city).zone).date()
    costs = VehicleCosts(vehicle, {subtract_months(today, ago): Costs() for ago in range(MONTHS)})
    for sums in rows:
        if month := costs.months.get(sums.month.date()):  # none: a day too many was read
            month.add(sums)
            costs.total.add(sums)
            if sums.part:
                costs.parts.setdefault(sums.part, Costs()).add(sums)
    return costs
