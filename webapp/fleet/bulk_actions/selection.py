"""Which vehicles a bulk action is about: those of a filter, or some that were selected by hand."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    null,
    select,
)

from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.alerts.conditions import alert_condition, make_threshold
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.bulk_actions.enums import DONE_RESULTS, RESTORED_STATES, BulkResult
from webapp.fleet.bulk_actions.models import BulkActionVehicle
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle, retired_condition
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.reports.services import critical_report_condition
from webapp.fleet.tasks.models import task_in_progress_condition
from webapp.fleet.vehicle_actions.rules import ActionDetails, make_rule, stays_out_condition
from webapp.fleet.vehicle_events.conditions import change_applies_condition, current_state_column
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.regions.models import City

RowValues = TypeVar("RowValues", bound=tuple[Any, ...])  # Any: of queries

#: So many vehicles at once, at most.
MAX_VEHICLES = 50_000


@dataclass(frozen=True)
class Selection:
    """Vehicles of a city: by their ids, by a filter, or those of a bulk action."""

    city: City
    ids: Collection[UUID] = ()
    vehicle_filter: VehicleFilter | None = None
    #: Of the filter only those of this alert, with its threshold.
    alert: tuple[AlertKind, int] | None = None
    #: The vehicles that this bulk action has changed.
    undoes: RowKey | None = None

    def condition(self) -> ColumnElement[bool]:
        """Return the condition that a vehicle is one of them, and in the fleet."""
        vehicles = table(Vehicle).c
        in_city = and_(
            vehicles.region == self.city.region,
            vehicles.city == self.city.name,
            ~retired_condition(),
        )
        if self.vehicle_filter:
            return and_(
                in_city,
                *self.vehicle_filter.index_conditions(),
                self.vehicle_filter.row_condition(),
                *self._alert_conditions(),
            )
        if self.undoes:
            is_done = table(BulkActionVehicle).c.result.in_(DONE_RESULTS)
            return and_(in_city, self._undone_condition(is_done))
        return and_(in_city, vehicles.id.in_(sorted(self.ids)))

    def select_vehicles(self, query: Select[RowValues]) -> Select[RowValues]:
        """Return a query of vehicles for these alone, and for so many as a bulk action may have:
        the first ones by their ids."""
        ids = table(Vehicle).c.id
        return query.where(self.condition()).order_by(ids).limit(MAX_VEHICLES)

    def _alert_conditions(self) -> list[ColumnElement[bool]]:
        if self.alert is None:
            return []
        kind, threshold = self.alert
        return [alert_condition(kind, [self.city], make_threshold(kind, threshold))]

    def _undone_condition(self, condition: ColumnElement[bool]) -> ColumnElement[bool]:
        """Return the condition that the row of a vehicle in the action that is undone meets
        another."""
        vehicles, rows = table(Vehicle).c, table(BulkActionVehicle).c
        assert self.undoes  # noqa: S101 - for the types
        return exists().where(
            rows.region == self.undoes.region,
            rows.bulk_action_id == self.undoes.id,
            rows.vehicle_id == vehicles.id,
            condition,
        )

    def not_restorable_condition(self, action: VehicleAction) -> ColumnElement[bool]:
        """Return the condition that a vehicle cannot get its state back by the action that undoes
        another."""
        if not self.undoes:
            return false()
        states = [state.value for state in RESTORED_STATES[action]]
        return self._undone_condition(table(BulkActionVehicle).c.state_before.not_in(states))

    def result_column(self, action: VehicleAction, details: ActionDetails) -> ColumnElement[str]:
        """Return what would become of a vehicle of these in a query over ``vehicles``."""
        result = result_column(action, details, self.event_count_column())
        if not self.undoes:
            return result
        is_not_restorable = self.not_restorable_condition(action)
        return case((is_not_restorable, BulkResult.NOT_RESTORABLE.value), else_=result)

    def event_count_column(self) -> ColumnElement[int]:
        """Return how many events a vehicle must have; NULL: any number."""
        vehicles, rows = table(Vehicle).c, table(BulkActionVehicle).c
        if not self.undoes:
            return cast(null(), BigInteger())
        return (
            select(rows.event_count)
            .where(
                rows.region == self.undoes.region,
                rows.bulk_action_id == self.undoes.id,
                rows.vehicle_id == vehicles.id,
            )
            .scalar_subquery()
        )


def result_column(
    action: VehicleAction, details: ActionDetails, expected_event_count: ColumnElement[int]
) -> ColumnElement[str]:
    """Return what would become of a vehicle in a query over ``vehicles``.

    expected_event_count: with another number of events it has changed; NULL: that does not matter.
    """
    rule, vehicles = make_rule(action, details), table(Vehicle)
    is_ridden = current_state_column(vehicles) == VehicleState.ON_TRIP.value
    is_changed = expected_event_count != vehicles.c.event_count
    is_reported = critical_report_condition(vehicles.c.region, vehicles.c.id)
    has_task_in_progress = task_in_progress_condition(vehicles.c.region, vehicles.c.id)
    # Other actions that return vehicles to service are not done while something keeps them out.
    stays_out: ColumnElement[bool] = false()
    if action is VehicleAction.SWAP_BATTERY:
        stays_out = stays_out_condition(details)
    is_before = change_applies_condition(rule.change) if rule.change else false()
    return case(
        (is_ridden, BulkResult.RIDDEN.value),
        (is_changed, BulkResult.OTHER_STATE.value),
        (and_(rule.condition, stays_out), BulkResult.DONE_STAYS_OUT.value),
        (rule.condition, BulkResult.DONE.value),
        (and_(is_before, is_reported), BulkResult.UNSAFE.value),
        (and_(is_before, has_task_in_progress), BulkResult.TASK_IN_PROGRESS.value),
        else_=BulkResult.OTHER_STATE.value,
    )


class Preview(NamedTuple):
    """What a bulk action would do."""

    #: How many vehicles would have which result.
    counts: dict[BulkResult, int]
    #: How many vehicles match, also those that are too many.
    total: int

    @property
    def done_count(self) -> int:
        """How many vehicles would be changed."""
        return sum(self.counts.get(result, 0) for result in DONE_RESULTS)

    @property
    def is_truncated(self) -> bool:
        """Whether more vehicles match than a bulk action may have."""
        return self.total > MAX_VEHICLES


def preview(selection: Selection, action: VehicleAction, details: ActionDetails) -> Preview:
    """Return what a bulk action would do. One statement."""
    result = selection.result_column(action, details).label("result")
    results = selection.select_vehicles(select(result)).subquery()
    all_matching = select(func.count()).select_from(table(Vehicle)).where(selection.condition())
    chosen = cast(func.sum(func.count()).over(), BigInteger)
    # They are counted by themselves only where there are more than a bulk action may have.
    is_truncated = chosen >= MAX_VEHICLES
    matching = case((is_truncated, all_matching.scalar_subquery()), else_=chosen)
    query = select(results.c.result, func.count(), matching)
    rows = db.session.execute(query.group_by(results.c.result)).all()
    counts = {BulkResult(name): number for name, number, _ in rows}
    ordered = {each: counts[each] for each in BulkResult if each in counts}
    return Preview(ordered, rows[0][2] if rows else 0)
