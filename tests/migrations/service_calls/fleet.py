"""Calls of the services and queries of the fleet: vehicles, reports, zones, prices, favourites."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import Executable

from tests.migrations.sample_rows import (
    AFTER,
    AFTER_VERSION,
    DESCRIPTION,
    FEED,
    FILTER,
    FLEET_OF_FEED,
    NARROW_FILTER,
    NEW_YORK,
    PLACE,
    POINT,
    REPORT,
    RIDER,
    SQUARE,
    TERMS,
    USER,
    VEHICLE,
    WINDOW,
    ZONE,
)
from tests.migrations.service_calls.calls import execute, in_account_deletion
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.favourites.account_deletion import delete_saved_vehicles_in_slices
from webapp.fleet.favourites.queries import find_vehicle_for_rider, list_saved_vehicles
from webapp.fleet.favourites.services.places import add_place, remove_place
from webapp.fleet.favourites.services.vehicles import (
    remove_saved_vehicle,
    save_vehicle,
    start_waiting,
    stop_waiting,
)
from webapp.fleet.feeds.former_systems import find_former_system, rename_system
from webapp.fleet.feeds.imported_feeds import claim_feed, read_imported_feeds
from webapp.fleet.feeds.imported_vehicles import mark_missing, read_imported_vehicles
from webapp.fleet.feeds.removal import _delete_missing, _forget_batch, list_systems
from webapp.fleet.feeds.sources import take_over_vehicles
from webapp.fleet.feeds.writing import find_unchanged_ids, write_batch
from webapp.fleet.live_map.bounding_box import BoundingBox
from webapp.fleet.live_map.services import _read_changes, _read_full_map
from webapp.fleet.pricing import queries as plan_queries
from webapp.fleet.pricing import services as plan_services
from webapp.fleet.queries.details import get_owner_vehicle_details
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.lists import list_owner_vehicles, list_staff_vehicles, list_vehicles
from webapp.fleet.queries.nearest import FewBy, _search, list_nearest
from webapp.fleet.queries.search_rings import SearchRings
from webapp.fleet.queries.vehicles import find_public_vehicle
from webapp.fleet.queues.assignment import Assignment
from webapp.fleet.queues.filters import NOBODY, QueueFilter
from webapp.fleet.reports import photo_retention, staff_services, tags
from webapp.fleet.reports import services as reports
from webapp.fleet.reports.account_deletion import anonymise_reports_in_slices
from webapp.fleet.reports.enums import ReportKind, ReportState
from webapp.fleet.reports.queries import (
    ReportFilter,
    find_own_report,
    find_report_for_staff,
    list_own_reports,
    list_queue,
    read_own_photo,
    read_photo_for_staff,
)
from webapp.fleet.reports.services import ReportData
from webapp.fleet.reports.staff_services import ReportAnswer
from webapp.fleet.reports.withdrawal import withdraw_report_statement
from webapp.fleet.services.add import add_vehicle
from webapp.fleet.services.edit import edit_vehicle
from webapp.fleet.services.remove import (
    remove_vehicle,
    remove_vehicles_in_slices,
    remove_vehicles_of_account,
)
from webapp.fleet.site_search.queries import list_addresses
from webapp.fleet.unlock_codes.label_sheets import list_city_sheet, list_owner_sheet
from webapp.fleet.unlock_codes.services import find_vehicle_by_code
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_actions.statements import vehicle_action_statement, vehicles_condition
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.fleet.vehicle_import import statements as imports
from webapp.fleet.vehicle_import.account_deletion import delete_imports_in_slices
from webapp.fleet.vehicle_import.parsing import ParsedRow
from webapp.fleet.vehicle_import.queries import find_import, find_preview, list_imports
from webapp.fleet.vehicle_import.services import apply_import
from webapp.fleet.vehicle_types.settings import NOTHING_SET, TypeSettings
from webapp.fleet.zones import cache as zone_cache
from webapp.fleet.zones import services as zones
from webapp.fleet.zones.edits import (
    NewVersion,
    ZoneEdit,
    imported_end_query,
    retire_rows_statement,
    write_version_statement,
)
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.order import PlacedZone, list_placed_zones, move_statement
from webapp.fleet.zones.parsed_zones import FeedRules, ZoneFile
from webapp.fleet.zones.queries import list_removed_zones, read_history, read_two_versions
from webapp.fleet.zones.rules import CityZones
from webapp.fleet.zones.vehicles_inside import vehicles_query
from webapp.fleet.zones.zone_data import ZoneData
from webapp.fleet.zones.zone_rules import Rule
from webapp.ops.vehicle_types.services import add_vehicle_type, change_vehicle_type
from webapp.regions.geography import Point

ZONE_EDIT = ZoneEdit(USER.key, NEW_YORK, why="More room")
ZONE_DATA = ZoneData(
    "no_parking", "Park", {"es": "Parque"}, 500, None, None,
    [[[[-74, 40.7], [-73.9, 40.7], [-74, 40.8], [-74, 40.7]]]], 7
)  # fmt: skip
ZONE_VERSION = NewVersion(ZONE, 2, UUID(int=14), ZONE_DATA, ZONE_DATA)
SPECIAL_VERSION = ZONE_VERSION._replace(
    data=ZONE_DATA._replace(rules=[{"ride_end_allowed": False}])
)
FEED_RULES = FeedRules(
    (Rule(frozenset({"a"}), ride_end_allowed=False),), (("a", "bicycle", "human"),)
)


def make_zone_row() -> Zone:
    return Zone(id=ZONE, **ZONE_DATA._asdict())


def make_placed_zone() -> PlacedZone:
    (placed,) = list_placed_zones(CityZones(NEW_YORK, [make_zone_row()], 25))
    return placed


COLLEAGUES_REPORTS = ReportFilter(queue=QueueFilter(RIDER, USER.key))
IMPORT = RowKey("us-east1", UUID(int=5))
IMPORT_ROW = {
    **IMPORT._asdict(),
    "city": "new york",
    "owner_region": RIDER.region,
    "owner_id": RIDER.id,
    "file_hash": "0" * 64,
    "row_count": 1,
}
DAMAGE_OF_NOBODY = ReportFilter(
    kind=ReportKind.DAMAGE,
    critical=True,
    queue=QueueFilter(RIDER, NOBODY, timedelta(days=1)),
)


def act_statement(action: str) -> Executable:
    """Return the statement by which staff act on two vehicles."""
    details = ActionDetails(action_id=UUID(int=7), note="Storm", place=PLACE)
    are_vehicles = vehicles_condition("us-east1", [UUID(int=2), UUID(int=3)], ["new york"])
    return vehicle_action_statement(VehicleAction(action), details, RIDER, are_vehicles)


FLEET: dict[str, Callable[[], Any]] = {
    "add a vehicle type": lambda: add_vehicle_type(("moped", "electric"), TypeSettings("Moped")),
    "change a vehicle type": lambda: change_vehicle_type(
        "bike", ("bicycle", "human"), NOTHING_SET, TypeSettings("City bike")
    ),
    "vehicles of a city": lambda: list_vehicles(FILTER, None),
    "vehicles of a city, the next page": lambda: list_vehicles(FILTER, AFTER[1:]),
    "vehicles of a type in several states": lambda: list_vehicles(NARROW_FILTER, AFTER[1:]),
    "vehicles with their owner": lambda: list_staff_vehicles(FILTER, None, with_owner=True),
    "vehicles for staff": lambda: list_staff_vehicles(FILTER, None, with_owner=False),
    "nearest vehicles": lambda: list_nearest(FILTER, Point(40.7, -74.0), 2_000, None),
    "nearest vehicles, the next page": lambda: list_nearest(
        NARROW_FILTER, Point(40.7, -74.0), 2_000, (812, UUID(int=4))
    ),
    "nearest vehicles with words": lambda: list_nearest(
        VehicleFilter(NEW_YORK, words="Red"), Point(40.7, -74.0), 2_000, None
    ),
    "streets of the search of everybody": lambda: list_addresses(
        VehicleFilter(NEW_YORK, words="Main Street", is_anonymous=True)
    ),
    "nearest vehicles when few have the type": lambda: _search(
        NARROW_FILTER, Point(40.7, -74.0), SearchRings([2_000]), None, 6, 2_000, FewBy.TYPES
    ),
    "vehicles of an owner": lambda: list_owner_vehicles(RIDER, AFTER),
    "add a vehicle": lambda: add_vehicle(USER, NEW_YORK, DESCRIPTION),
    "store a file with vehicles": execute(
        lambda: imports.store_statement(IMPORT_ROW, [ParsedRow(2, IMPORT.id, DESCRIPTION)])
    ),
    "vehicles around a zone": lambda: db.session.execute(
        vehicles_query(NEW_YORK, shapely.box(-74.0, 40.7, -73.9, 40.8))
    ),
    "the last files of an owner": lambda: list_imports(RIDER),
    "the last files of the operator": lambda: list_imports(RIDER, "new york"),
    "a file with vehicles": lambda: find_import(RIDER, IMPORT),
    "the preview of a file": lambda: find_preview(RIDER, IMPORT, (2, IMPORT.id)),
    "confirm a file with vehicles": execute(
        lambda: imports.confirm_statement(RIDER, IMPORT, imports.owner_import_condition())
    ),
    "confirm a file with vehicles of the operator": execute(
        lambda: imports.confirm_statement(
            RIDER, IMPORT, imports.operator_import_condition({"new york"})
        )
    ),
    "add the vehicles of a file": lambda: apply_import(RIDER, IMPORT),
    "add vehicles of the operator": lambda: apply_import(RIDER, IMPORT, is_operator_fleet=True),
    "delete the files of an owner": lambda: delete_imports_in_slices(RIDER),
    "a vehicle by its public key": lambda: find_public_vehicle(VEHICLE),
    "a vehicle by its code": lambda: find_vehicle_by_code(
        "22222-22222", None, "192.0.2.1", VEHICLE.region
    ),
    "details of a vehicle, for its owner": lambda: get_owner_vehicle_details(RIDER, VEHICLE),
    "a sheet of labels of an owner": lambda: list_owner_sheet(RIDER, AFTER),
    "a sheet of labels of a city": lambda: list_city_sheet(NEW_YORK, AFTER),
    "edit a vehicle": lambda: edit_vehicle(RIDER, VEHICLE, DESCRIPTION),
    "remove a vehicle": lambda: remove_vehicle(RIDER, VEHICLE),
    "remove the vehicles of a deleted account": in_account_deletion(remove_vehicles_of_account),
    "remove the vehicles of a deleted account in slices": lambda: remove_vehicles_in_slices(RIDER),
    "anonymise the reports of a deleted account": lambda: anonymise_reports_in_slices(RIDER),
    "delete the saved vehicles of a deleted account": lambda: delete_saved_vehicles_in_slices(
        RIDER
    ),
    "report a vehicle, with photos": lambda: reports.file_report(
        RIDER,
        VEHICLE,
        "nonce",
        ReportData(ReportKind.DAMAGE, True, "It squeaks.", [b"photo", b"another"]),
    ),
    "take vehicles out of service": execute(lambda: act_statement("take_out_of_service")),
    "move vehicles": execute(lambda: act_statement("move")),
    "swap the batteries of vehicles": execute(lambda: act_statement("swap_battery")),
    "retire vehicles": execute(lambda: act_statement("retire")),
    "answer a report": lambda: staff_services.answer_report(
        REPORT, "new", ReportAnswer(ReportState.RESOLVED, "Fixed.", returns_to_service=True)
    ),
    "reports of a rider": lambda: list_own_reports(RIDER, AFTER),
    "the tags of a city": lambda: db.session.scalars(tags.city_tags_query(NEW_YORK)).all(),
    "tag a report": lambda: execute_write(tags.add_tag_statement(USER, REPORT.key, "wheel")),
    "remove a tag": lambda: execute_write(tags.remove_tag_statement(USER, REPORT.key, "wheel")),
    "take a report back": lambda: execute_write(withdraw_report_statement(RIDER, REPORT.key)),
    "one report of a rider": lambda: find_own_report(RIDER, REPORT.key),
    "a photo of a report": lambda: read_own_photo(RIDER, REPORT.key, 1),
    "first reports of a city, with times": lambda: list_queue(NEW_YORK, ReportFilter(), None),
    "reports of a city": lambda: list_queue(NEW_YORK, ReportFilter(), AFTER),
    "damage that nobody looks after": lambda: list_queue(NEW_YORK, DAMAGE_OF_NOBODY, AFTER),
    "reports of a colleague": lambda: list_queue(NEW_YORK, COLLEAGUES_REPORTS, AFTER),
    "assign a report": lambda: staff_services.assign_report(REPORT, Assignment(RIDER, "ada")),
    "assign a report to nobody": lambda: staff_services.assign_report(
        REPORT, Assignment(RIDER, "")
    ),
    "one report, for staff": lambda: find_report_for_staff(USER, REPORT.key),
    "a photo of a report, for staff": lambda: read_photo_for_staff(USER, REPORT.key, 1),
    "import zones": lambda: zones.import_zones(
        NEW_YORK, ZoneFile("zones.json", [SQUARE]), zones.ZoneImportOptions()
    ),
    "import the zones of a feed, and add them to others": lambda: zones.import_zones(
        NEW_YORK,
        ZoneFile("zones.json", [SQUARE], feed_rules=FEED_RULES),
        zones.ZoneImportOptions(replace=False),
    ),
    "draw a zone": execute(lambda: write_version_statement(ZONE_EDIT, ZONE_VERSION)),
    "change a zone": execute(
        lambda: write_version_statement(
            ZONE_EDIT,
            ZONE_VERSION._replace(valid_until=imported_end_query(NEW_YORK, ZONE)),
        )
    ),
    "change a zone that was imported": execute(
        lambda: write_version_statement(ZONE_EDIT, SPECIAL_VERSION, make_zone_row())
    ),
    "remove a zone": execute(
        lambda: write_version_statement(ZONE_EDIT, ZONE_VERSION._replace(removed=True))
    ),
    "end a zone": execute(lambda: retire_rows_statement(ZONE_EDIT, ZONE, 2)),
    "end a zone later": execute(
        lambda: retire_rows_statement(replace(ZONE_EDIT, effective_from=AFTER[0]), ZONE, 2)
    ),
    "move a zone in the order of its city": execute(
        lambda: move_statement(NEW_YORK, make_placed_zone(), 1, "Works")
    ),
    "the versions of a zone": lambda: read_history(NEW_YORK, ZONE),
    "a version of a zone": lambda: read_history(NEW_YORK, ZONE, 3),
    "two versions of a zone": lambda: read_two_versions(NEW_YORK, ZONE, 1),
    "zones that were removed": lambda: list_removed_zones(NEW_YORK, AFTER),
    "remove the zones of a kind": lambda: zones.remove_zones(NEW_YORK, ZoneKind.SLOW),
    "the zones of a city": lambda: zone_cache.load_zones(NEW_YORK),
    "whether zones are unchanged": lambda: zone_cache.is_unchanged(
        NEW_YORK, CityZones(NEW_YORK, [], 25)
    ),
    "cities that have rules of a feed": lambda: zone_cache.load_cities_with_rules(),
    "vehicles with words, of some types": lambda: list_vehicles(
        VehicleFilter(NEW_YORK, words="Red", range_m=5_000, types=frozenset({("car", "electric")})),
        AFTER[1:],
    ),
    "vehicles with a published range": lambda: list_vehicles(
        VehicleFilter(NEW_YORK, range_m=5_000, is_anonymous=True), None
    ),
    "vehicles with words of the address": lambda: list_vehicles(
        VehicleFilter(NEW_YORK, words="Main", is_anonymous=True), None
    ),
    "a box of the map": lambda: _read_full_map(FILTER, WINDOW),
    "a high box of the map": lambda: _read_full_map(FILTER, BoundingBox(0, 1, 1, 2)),
    "changes in a box of the map": lambda: _read_changes(NARROW_FILTER, WINDOW, AFTER[0]),
    "save a vehicle": lambda: save_vehicle(RIDER, VEHICLE),
    "wait for a vehicle": lambda: start_waiting(RIDER, VEHICLE),
    "stop waiting for a vehicle": lambda: stop_waiting(RIDER, VEHICLE),
    "remove a saved vehicle": lambda: remove_saved_vehicle(RIDER, VEHICLE),
    "a vehicle, and whether it is saved": lambda: find_vehicle_for_rider(RIDER, VEHICLE),
    "saved vehicles": lambda: list_saved_vehicles(RIDER),
    "delete photos of old reports": lambda: execute_write(
        photo_retention.delete_photos_statement(
            NEW_YORK, ReportState.RESOLVED, timedelta(days=180), AFTER
        )
    ),
    "save a place": lambda: add_place(RIDER, "Home", POINT),
    "remove a saved place": lambda: remove_place(RIDER, UUID(int=14)),
    "the vehicles of a feed": lambda: read_imported_vehicles(NEW_YORK, "acme"),
    "the feeds of a city": lambda: read_imported_feeds(NEW_YORK),
    "vehicles of other feeds": lambda: find_former_system(NEW_YORK, FEED, FLEET_OF_FEED),
    "record the import of a feed": lambda: claim_feed(NEW_YORK, FEED, force=True),
    "vehicles that are as their feed says": lambda: find_unchanged_ids(NEW_YORK, FEED),
    "import vehicles": lambda: write_batch(NEW_YORK, FEED, FEED.vehicles),
    "rename a feed": lambda: rename_system(NEW_YORK, "old", FEED, FLEET_OF_FEED),
    "take over a feed": lambda: take_over_vehicles(NEW_YORK, FEED, FLEET_OF_FEED),
    "mark vehicles as missing": lambda: mark_missing(NEW_YORK, FEED, [VEHICLE.id]),
    "forget a batch of a feed": lambda: _forget_batch(NEW_YORK, "acme", [VEHICLE.id]),
    "delete missing vehicles": lambda: _delete_missing(NEW_YORK, timedelta(days=7)),
    "the systems of a city": lambda: list_systems(NEW_YORK),
    "publish a plan": lambda: plan_services.publish_plan(NEW_YORK, TERMS, 2),
    "current plans": lambda: plan_queries.list_current_plans([NEW_YORK]),
    "versions of a plan": lambda: plan_queries.list_versions(
        NEW_YORK, ("other", "human"), AFTER_VERSION
    ),
}
