"""What people call vehicles, reports and prices in the audit trail."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import String, cast, func, or_, select

from webapp.auth.subject_names import subject_names_query
from webapp.db.types import table
from webapp.fleet.bulk_actions.models import BulkAction
from webapp.fleet.feed_subscriptions.models import FeedSubscription
from webapp.fleet.labels import type_label, vehicle_name
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.labels import plan_type_label
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.reports.labels import KIND_LABELS
from webapp.fleet.reports.models import Report
from webapp.fleet.tasks.labels import task_kind_label
from webapp.fleet.tasks.models import Task
from webapp.fleet.unlock_codes.label_sheets import format_code
from webapp.fleet.vehicle_actions.labels import action_label
from webapp.fleet.vehicle_types.models import VehicleTypeRow
from webapp.fleet.zones.labels import zone_label
from webapp.fleet.zones.models import Zone
from webapp.hooks import SubjectNames, SubjectNamesQuery
from webapp.translations import find_label
from webapp.translations import gettext as _


def _vehicles_query(keys: Collection[str]) -> SubjectNamesQuery:
    v = table(Vehicle).c
    return subject_names_query(Vehicle, keys, v.brand, v.form_factor, v.propulsion_type, v.code)


def _describe_vehicle(brand: str, form_factor: str, propulsion_type: str, code: str) -> str:
    vehicle = Vehicle(brand=brand, form_factor=form_factor, propulsion_type=propulsion_type)
    return f"{vehicle_name(vehicle)} {format_code(code)}"


def _reports_query(keys: Collection[str]) -> SubjectNamesQuery:
    return subject_names_query(Report, keys, table(Report).c.kind)


def _describe_report(kind: str) -> str:
    return str(_("Report: %(kind)s", kind=find_label(KIND_LABELS, kind)))


def _tasks_query(keys: Collection[str]) -> SubjectNamesQuery:
    tasks = table(Task).c
    return subject_names_query(Task, keys, tasks.kind, tasks.custom_kind)


def _describe_task(kind: str, custom_kind: str) -> str:
    return str(_("Task: %(kind)s", kind=task_kind_label(Task(kind=kind, custom_kind=custom_kind))))


def _plans_query(ids: Collection[str]) -> SubjectNamesQuery:
    plans = table(PricingPlan).c
    values = func.json_build_array(plans.form_factor, plans.propulsion_type, plans.version)
    return select(cast(plans.id, String), values).where(plans.id.in_([UUID(id_) for id_ in ids]))


def _describe_plan(form_factor: str, propulsion_type: str, version: int) -> str:
    vehicles = plan_type_label(form_factor, propulsion_type)
    return str(_("%(vehicles)s, version %(n)d", vehicles=vehicles, n=version))


def _feeds_query(keys: Collection[str]) -> SubjectNamesQuery:
    return subject_names_query(FeedSubscription, keys, table(FeedSubscription).c.source)


def _describe_feed(source: str) -> str:
    return str(_("Feed: %(source)s", source=source))


def _bulk_actions_query(keys: Collection[str]) -> SubjectNamesQuery:
    return subject_names_query(BulkAction, keys, table(BulkAction).c.action)


def _zones_query(ids: Collection[str]) -> SubjectNamesQuery:
    zones, wanted = table(Zone).c, [UUID(id_) for id_ in ids]
    values = func.json_build_array(zones.kind, zones.name, zones.labels)
    zone_id = func.coalesce(zones.edited_zone_id, zones.id)
    is_wanted = or_(zones.id.in_(wanted), zones.edited_zone_id.in_(wanted))
    return select(cast(zone_id, String), values).where(is_wanted)


def _describe_zone(kind: str, name: str, labels: dict[str, str]) -> str:
    return zone_label(Zone(kind=kind, name=name, labels=labels))


def _vehicle_types_query(names: Collection[str]) -> SubjectNamesQuery:
    types = table(VehicleTypeRow).c
    values = func.json_build_array(types.form_factor, types.propulsion_type)
    return select(types.name, values).where(types.name.in_(names))


SUBJECT_NAMES = {
    "bulk_action": SubjectNames(_bulk_actions_query, action_label),
    "vehicle": SubjectNames(_vehicles_query, _describe_vehicle),
    "report": SubjectNames(_reports_query, _describe_report),
    "task": SubjectNames(_tasks_query, _describe_task),
    "feed": SubjectNames(_feeds_query, _describe_feed),
    "zone": SubjectNames(_zones_query, _describe_zone),
    "vehicle_type": SubjectNames(_vehicle_types_query, type_label),
    "plan": SubjectNames(_plans_query, _describe_plan),
}
